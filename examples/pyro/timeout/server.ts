// A slow method, and a server that never answers. Needs a name server. Run: node server.ts
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Daemon, expose, locateNameServer } from "#bunsen";

export class TimeoutServer {
  async delay(seconds: number): Promise<string> {
    console.log("sleeping", seconds);
    await sleep(seconds * 1000);
    console.log("done.");
    return `slept ${seconds} seconds`;
  }
}
expose(TimeoutServer, { delay: true });

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("timeout", new TimeoutServer());
await daemon.announce("timeout", "example.timeout");

// Takes connections and says nothing, as a daemon whose program hangs.
const frozen = createServer().listen(0, "127.0.0.1", async () => {
  const { port } = frozen.address() as { port: number };
  await using names = await locateNameServer();
  await names.register("example.timeout.frozendaemon", `PYRO:timeout@localhost:${port}`);
  console.log("Server ready.");
});
