// Sends annotations and a correlation id, and prints what comes back. Run: node client.ts URI
// With HMAC_KEY=… in the environment, it signs with that key (Pyro4's _pyroHmacKey).
import { type Annotations, connect, withOptions } from "#bunsen";
import type { EchoServer } from "./server.ts";

const [uri = ""] = process.argv.slice(2);
const hmacKey = process.env["HMAC_KEY"];
await using server = await connect<EchoServer>(uri, hmacKey ? { hmacKey } : {});

const correlationId = crypto.randomUUID();
console.log("correlation id:", correlationId);

// The same proxy with options for some calls, which share its connection.
const annotated = withOptions(server, {
  correlationId,
  annotations: new Map([["XYZZ", Buffer.from("custom annotation from the client")]]),
  onAnnotations(annotations: Annotations) {
    for (const [id, data] of annotations) {
      console.log("annotation of the answer:", id, "->", Buffer.from(data).toString());
    }
  },
});
console.log(await annotated.echo("hi there"));
console.log("one-way call:");
await annotated.oneway("hi there ONEWAY"); // no answer, so no annotations
console.log("the server prints more");
