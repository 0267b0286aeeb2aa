// A callback that calls the server while the server waits for it, by the same proxy. Run: node client.ts
import { connect, Daemon, TimeoutError, withOptions } from "#bunsen";
import { Bouncer, type Bouncing } from "./bouncer.ts";

/** The server as its clients see it: what they pass is an object of their own. */
interface RemoteBouncer extends Bouncing {
  register(other: Bouncing): void;
}

await using daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
const bouncer = new Bouncer("Client");
daemon.register("bouncer", bouncer);

await using server = await connect<RemoteBouncer>("PYRONAME:example.deadlock");
await server.register(bouncer);

try {
  // In Python, this proxy waits for its answer, so nobody else can use it: a deadlock. Here it may make any number
  // of calls at once, and a server with Bunsen also serves them at once.
  const patient = withOptions(server, { timeout: 1000 });
  bouncer.register(patient);
  console.log("Result =", await patient.process(["hello"]));
} catch (error) {
  if (!(error instanceof TimeoutError)) throw error;
  console.log("Deadlock: this server answers one call of a connection after the other.");
  // So the callback gets a connection of its own.
  await using another = await connect<RemoteBouncer>("PYRONAME:example.deadlock");
  bouncer.register(another);
  console.log("Result =", await server.process(["hello"]));
}
