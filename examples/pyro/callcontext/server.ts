// What a method can know of its caller. Run: node server.ts
// With HMAC_KEY=… in the environment, callers must sign with that key (Pyro4's _pyroHmacKey).
import { callContext, Daemon, expose } from "#bunsen";

export class EchoServer {
  echo(message: string): string {
    const { caller, object, oneway, correlationId, annotations } = callContext();
    console.log("Got message:", message);
    console.log("  object:", object, "one-way:", oneway);
    console.log("  caller:", caller.address, caller.dialect, "identity:", caller.identity);
    console.log("  correlation id:", correlationId);
    const custom = annotations.get("XYZZ");
    if (custom) console.log("  custom annotation XYZZ:", Buffer.from(custom).toString());
    return message;
  }
  oneway(message: string): void {
    this.echo(message);
  }
}
expose(EchoServer, { echo: true, oneway: { oneway: true } });

const daemon = new Daemon({
  // Goes with every answer. A method adds to its own by callContext().responseAnnotations.
  annotations: () => new Map([["DDAA", Buffer.from("custom response annotation of the daemon")]]),
});
const key = process.env["HMAC_KEY"]; // secrets come from the environment or a file, never from a command line
await daemon.listen(
  "pyro://localhost:0",
  key ? { hmacKeys: [{ key, identity: "owner of the key" }] } : {},
);
daemon.register("example.context", new EchoServer());
console.log("ready", daemon.uriFor("example.context"));
