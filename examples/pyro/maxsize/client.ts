// A limit on what is sent and received. Run a test server (bunsen echo), then: node client.ts URI
import { connect, MessageTooLargeError } from "#bunsen";

interface EchoServer {
  echo(value: unknown): unknown;
}

const [uri = ""] = process.argv.slice(2);
const big = new Array<number>(10_000).fill(42);

await using unlimited = await connect<EchoServer>(uri); // up to 1 GiB
console.log("got back:", ((await unlimited.echo(big)) as number[]).length, "numbers");

await using limited = await connect<EchoServer>(uri, { maxMessageBytes: 2500 });
try {
  await limited.echo(big);
} catch (error) {
  if (!(error instanceof MessageTooLargeError)) throw error;
  console.log("refused, before anything was sent:", error.message);
}
console.log("and the connection goes on:", await limited.echo("hello"));
