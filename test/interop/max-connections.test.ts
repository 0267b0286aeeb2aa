import { expect, it } from "vitest";
import { connect, Daemon, expose, type ListenOptions, SILENT } from "../../src/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, runPython } from "../support/python.ts";

checkLeaks();

class Thing {
  ping() {
    return "pong";
  }
}
expose(Thing, { ping: true });

async function full(options: ListenOptions = {}) {
  const daemon = new Daemon({ logger: SILENT });
  daemon.register("thing", new Thing());
  await daemon.listen("pyro://localhost:0", { ...options, maxConnections: 1 });
  return daemon;
}

const CLIENT = `
  import sys
  generation, uri, key = sys.argv[1:]
  if generation == "4": import Pyro4 as pyro
  else: import Pyro5.api as pyro
  with pyro.Proxy(uri) as thing:
      if key: thing._pyroHmacKey = key
      try: thing.ping()
      except Exception as x: print(type(x).__name__, x)
`;

describeWithPython.each(["4", "5"])("a client of Pyro%s over maxConnections", (generation) => {
  it("is told so in its own generation, and the others go on", async () => {
    await using daemon = await full();
    const uri = daemon.uriFor("thing");
    await using thing = await connect<Thing>(uri);
    const said = await runPython(CLIENT, [generation, uri, ""]);
    expect(said).toMatch(/^CommunicationError connection to .* rejected: no free workers/);
    expect(await thing.ping()).toBe("pong");
  });

  // Pyro5 has no keys.
  if (generation === "4") {
    it("is told so with its key, where one is asked for", async () => {
      await using daemon = await full({ hmacKeys: ["a key"] });
      const uri = daemon.uriFor("thing");
      await using _thing = await connect<Thing>(uri, { hmacKey: "a key" });
      expect(await runPython(CLIENT, [generation, uri, "a key"])).toMatch(/no free workers/);
      expect(await runPython(CLIENT, [generation, uri, "wrong"])).toMatch(/message hmac mismatch/);
    });
  }
});
