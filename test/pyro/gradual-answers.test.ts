import { describe, expect, it } from "vitest";
import { connect, Daemon, expose } from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { gradually } from "../../src/values/gradual.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, runPython } from "../support/python.ts";

checkLeaks();

const RECORD: Readonly<Record<string, unknown>> = gradually(
  Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`name ${i}`, `text ${i}`])),
);

class Archive {
  pings = 0;
  all() {
    return RECORD;
  }
  bad() {
    return gradually({ ...RECORD, bad: Symbol("no") });
  }
  ping() {
    return ++this.pings;
  }
}
expose(Archive, { all: true, bad: true, ping: true });

async function serve() {
  const daemon = new Daemon({ logger: SILENT });
  await daemon.listen("pyro://localhost:0");
  const archive = new Archive();
  return { daemon, archive, uri: daemon.register("archive", archive).uri };
}

describe("a large answer that is written gradually", () => {
  it.each(["msgpack", "serpent", "json", "marshal"] as const)(
    "lets others be served before it is sent, in %s",
    async (serializer) => {
      const { daemon, uri } = await serve();
      await using _daemon = daemon;
      await using reader = await connect<Archive>(uri, { serializer });
      await using other = await connect<Archive>(uri);
      let answered: number | undefined;
      // Before the answer is read: that takes one piece of time again, in this process.
      const bytes = daemon.counters.calls;
      const all = reader.all().finally(() => (answered ??= pings));
      let pings = 0;
      while (answered === undefined && pings < 5) {
        await other.ping();
        pings++;
      }
      expect(pings).toBe(5);
      expect(await all).toEqual(RECORD);
      expect(daemon.counters.calls).toBe(bytes + 6);
    },
  );

  it("is given up when its reader has gone", async () => {
    const { daemon, uri } = await serve();
    await using _daemon = daemon;
    const reader = await connect<Archive>(uri);
    const all = reader.all();
    await using other = await connect<Archive>(uri);
    await other.ping();
    await reader[Symbol.asyncDispose]();
    await expect(all).rejects.toMatchObject({ code: "ERR_CLOSED" });
    expect(await other.all()).toEqual(RECORD);
  });

  it("fails as any other where something in it cannot be sent", async () => {
    const { daemon, uri } = await serve();
    await using _daemon = daemon;
    await using reader = await connect<Archive>(uri);
    await expect(reader.bad()).rejects.toThrow(/result\.bad: a symbol cannot be sent/);
    expect(await reader.ping()).toBe(1);
  });

  describeWithPython.each([
    [5, "import sys, Pyro5.api as pyro"],
    [4, "import sys, Pyro4 as pyro"],
  ])("reaches Pyro%i", (_, imports) => {
    it("whole, and before the answers to later calls", async () => {
      const { daemon, uri } = await serve();
      await using _daemon = daemon;
      const code = `${imports}
with pyro.Proxy(sys.argv[1]) as archive:
    for serializer in ["serpent", "json", "marshal"]:
        archive._pyroSerializer = serializer
        found = archive.all()
        print(len(found), found["name 99999"], archive.ping())
`;
      const lines = (await runPython(code, [uri])).trim().split("\n");
      expect(lines).toEqual([1, 2, 3].map((i) => `100000 text 99999 ${i}`));
    });
  });
});
