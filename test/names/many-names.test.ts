import { describe, expect, it } from "vitest";
import { locateNameServer, type RunningNameServer, startNameServer } from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, runPython } from "../support/python.ts";

checkLeaks();

const NAMES = 100_000;

async function filled(): Promise<RunningNameServer> {
  const server = await startNameServer({ port: 0, logger: SILENT });
  for (let i = 0; i < NAMES; i++) {
    server.names.register(`lab.${i}`, `PYRO:obj_${i}@10.0.0.1:${i % 60_000}`, false, ["a", "b"]);
  }
  return server;
}

describe("a name server with 100,000 names", () => {
  it("lists them all for our own clients", async () => {
    await using server = await filled();
    const port = server.uri.location.kind === "tcp" ? server.uri.location.port : 0;
    await using names = await locateNameServer({ host: "localhost", port });
    const [all, some, count] = await Promise.all([
      names.listWithMetadata(),
      names.list({ prefix: "lab.9999" }),
      names.count(),
    ]);
    expect([all.length, some.size, count]).toEqual([NAMES + 1, 11, NAMES + 1]);
    expect(all.find(({ name }) => name === "lab.77")).toEqual({
      name: "lab.77",
      uri: "PYRO:obj_77@10.0.0.1:77",
      metadata: ["a", "b"],
    });
  });

  describeWithPython.each([5, 4])("with Pyro%i", (generation) => {
    it("lists them all, by a prefix, and calls come in order", async () => {
      await using server = await filled();
      const code = `
import sys, importlib
locate = ${generation === 5 ? '__import__("Pyro5.api").api.locate_ns' : '__import__("Pyro4").locateNS'}
names = locate("localhost", int(sys.argv[1]))
print(len(names.list(prefix="lab.")), names.count())
print(sorted(names.list(prefix="lab.9999").items())[0])
print(len(names.list(return_metadata=True)))
`;
      const port = `${server.uri}`.replace(/.*:/, "");
      const lines = (await runPython(code, [port])).trim().split("\n");
      expect(lines).toEqual([
        `${NAMES} ${NAMES + 1}`,
        "('lab.9999', 'PYRO:obj_9999@10.0.0.1:9999')",
        `${NAMES + 1}`,
      ]);
    });
  });
});
