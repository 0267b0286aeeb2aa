/** A server under a name, until a signal ends it: its argument is the port of the name server. */
import { expose } from "../../src/index.ts";
import { serveNamed } from "../../src/tunnels/index.ts";

class BasicServer {
  square(x: number): number {
    return x ** 2;
  }
}
expose(BasicServer, { square: true });

const server = await serveNamed(new BasicServer(), {
  name: "BasicServer",
  nameServer: { host: "localhost", port: Number(process.argv[2]) },
});
console.log("ready", server.uri);
