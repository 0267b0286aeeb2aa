// Offers an object that is here at the far end of a tunnel: its name is in the name server there, and programs there call
// it as if it were theirs.
//   node examples/tunnels/server.ts ssh://ops@crux 50000
// In a project of your own, import from "bunsen" and "bunsen/tunnels".
import { Daemon, expose } from "#bunsen";
import type { SshRoute } from "#bunsen/tunnels";

export class BasicServer {
  square(x: number): number {
    return x ** 2;
  }
}
expose(BasicServer, { square: true });

/** @param nameServerPort - Of the name server there. */
export async function offer(via: SshRoute, nameServerPort: number): Promise<Daemon> {
  const daemon = new Daemon();
  daemon.register("basic", new BasicServer());
  // Listens at the far end, at a port of its loopback that it chooses, and registers that in the name server there.
  await daemon.announce("basic", "BasicServer", { via, port: nameServerPort });
  return daemon;
}

if (process.argv[1]?.endsWith("server.ts")) {
  const [gateway = "ssh://ops@crux", port = "50000"] = process.argv.slice(2);
  const daemon = await offer(gateway, Number(port));
  console.log("ready", daemon.uriFor("basic"));
}
