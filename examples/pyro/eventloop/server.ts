// A name server, its broadcast responder and a daemon in one program. Run: node server.ts [HOST]
// Make sure that no other name server runs. With HOST, an address of this machine, broadcasts are answered, too.
import { Daemon, expose, startNameServer } from "#bunsen";

export class EmbeddedServer {
  multiply(x: number | string, y: number): number | string {
    return typeof x === "string" ? x.repeat(y) : x * y;
  }
}
expose(EmbeddedServer, { multiply: true });

// Nothing to combine, and no loop to write: all of Node shares one.
const [host = "localhost"] = process.argv.slice(2);
const nameServer = await startNameServer({ host });
console.log(`got a name server, uri=${nameServer.uri}`);
console.log("broadcasts:", nameServer.broadcast ?? nameServer.broadcastRefusal);

const daemon = new Daemon();
await daemon.listen(`pyro://${host}:0`);
const { uri } = daemon.register("embedded", new EmbeddedServer());
nameServer.names.register("example.eventloop.server", uri); // the object itself, without the wire
console.log(`server uri=${uri}`);

setInterval(() => console.log(new Date().toISOString(), "still free for other things"), 3000);
