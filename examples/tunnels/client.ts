// Calls an object at the far end of a tunnel, by its name in the name server there.
//   node examples/tunnels/client.ts ssh://ops@crux 50000
// In a project of your own, import from "bunsen" and "bunsen/tunnels".
import { connect } from "#bunsen";
import type { SshRoute } from "#bunsen/tunnels";
// Only the type: nothing of the server is loaded here.
import type { BasicServer } from "./server.ts";

/** @param nameServerPort - Of the name server there. */
export async function squareThere(
  via: SshRoute,
  nameServerPort: number,
  x: number,
): Promise<number> {
  // `localhost` is the far end's: an address holds where the tunnel leads.
  const uri = `PYRONAME:BasicServer@localhost:${nameServerPort}`;
  await using server = await connect<BasicServer>(uri, { via });
  return await server.square(x);
}

if (process.argv[1]?.endsWith("client.ts")) {
  const [gateway = "ssh://ops@crux", port = "50000"] = process.argv.slice(2);
  console.log(await squareThere(gateway, Number(port), 2));
}
