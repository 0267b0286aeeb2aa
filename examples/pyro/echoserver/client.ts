// Talks to a test echo server, of Bunsen (bunsen echo) or of Pyro (python -m Pyro5.utils.echoserver).
// Run: node client.ts URI, with the URI that the server printed
import { connect } from "#bunsen";

interface EchoServer {
  echo(value: unknown): unknown;
  generator(): AsyncGenerator<unknown>;
  error(): never;
  shutdown(): void;
}

const [uri = ""] = process.argv.slice(2);
await using server = await connect<EchoServer>(uri);

console.log("got back:", await server.echo("hello"));
console.log("got back:", await server.echo([1, 2, 3, 4]));
for await (const item of server.generator()) console.log("got an item:", item);
try {
  await server.error();
} catch (error) {
  console.log(error); // with the remote traceback below the local stack
}
await server.shutdown();
