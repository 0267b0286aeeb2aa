/**
 * Servers until a signal ends them: PORT of the name server, their NAMES with commas, and the host of a tunnel as JSON, or
 * `hang` for a device that does when it is to close.
 */
import { expose } from "../../src/index.ts";
import { type SshHost, serveNamed } from "../../src/tunnels/index.ts";

class BasicServer {
  square(x: number): number {
    return x ** 2;
  }
}
expose(BasicServer, { square: true });

const [port, names = "BasicServer", more] = process.argv.slice(2);
for (const name of names.split(",")) {
  const server = await serveNamed(new BasicServer(), {
    name,
    nameServer: { host: "localhost", port: Number(port) },
    ...(more?.startsWith("{") && { via: JSON.parse(more) as SshHost }),
  });
  if (more === "hang") server.daemon.onClose(() => new Promise(() => {}));
  console.log("ready", server.uri);
}
