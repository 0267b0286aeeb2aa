import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningProcess } from "../support/process.ts";
import { describeWithPython, spawnPython } from "../support/python.ts";
import { interrupt, type Outcome, printed, run, serve } from "./bunsen.ts";

const URI = "PYRO:scope@10.0.0.5:9999";

/** The same against any name server. */
function suite(start: () => Promise<RunningProcess>): void {
  let server: RunningProcess;
  const names = (...args: string[]): Promise<Outcome> =>
    run(["names", ...args, "--ns", printed(server)]);
  const listed = async (...args: string[]) =>
    (JSON.parse((await names("list", "--json", ...args)).stdout) as { name: string }[]).map(
      ({ name }) => name,
    );

  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it("registers, looks up, lists, finds and removes", async () => {
    expect(
      await names("register", "lab.scope", URI, "--tag", "cold", "--tag", "old"),
    ).toMatchObject({
      code: 0,
      stdout: "registered lab.scope\n",
    });
    await names("register", "lab.laser", "PYRO:laser@10.0.0.5:9999", "--tag", "cold");
    expect((await names("lookup", "lab.scope")).stdout).toBe(`${URI}\n`);
    expect(JSON.parse((await names("lookup", "lab.scope", "--json")).stdout)).toEqual({
      name: "lab.scope",
      uri: URI,
      metadata: ["cold", "old"],
    });
    expect((await names("list", "lab.")).stdout).toMatch(
      /^name +URI +tags\nlab\.laser +PYRO:laser@10\.0\.0\.5:9999 +cold\nlab\.scope +PYRO:scope@10\.0\.0\.5:9999 +cold, old\n$/,
    );
    expect(await listed("lab.")).toEqual(["lab.laser", "lab.scope"]);
    expect(await listed("--regex", ".*scope")).toEqual(["lab.scope"]);
    const found = async (...tags: string[]) =>
      (JSON.parse((await names("find", "--json", ...tags)).stdout) as unknown[]).length;
    expect(await found("cold")).toBe(2);
    expect(await found("cold", "old")).toBe(1);
    expect(await found("--any", "old", "new")).toBe(1);
    expect((await names("remove", "lab.scope")).stdout).toBe("removed 1\n");
    expect((await names("remove", "--prefix", "lab.")).stdout).toBe("removed 1\n");
    expect(await listed("lab.")).toEqual([]);
  }, 60_000);

  it("replaces tags", async () => {
    await names("register", "lab.pump", URI, "--tag", "old");
    expect((await names("set-metadata", "lab.pump", "new", "red")).stdout).toBe(
      "lab.pump: new, red\n",
    );
    expect((await names("lookup", "lab.pump", "--metadata")).stdout).toBe(`${URI}\nnew\nred\n`);
    await names("set-metadata", "lab.pump");
    expect((await names("lookup", "lab.pump", "--metadata")).stdout).toBe(`${URI}\n`);
  });

  it("replaces a name, unless --safe forbids", async () => {
    await names("register", "lab.twice", URI);
    expect((await names("register", "lab.twice", URI)).code).toBe(0);
    expect(await names("register", "lab.twice", URI, "--safe")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^bunsen: name already registered: lab\.twice/),
    });
  });

  it("ends with 3 for a name that is not there", async () => {
    for (const command of ["lookup", "remove", "set-metadata"]) {
      expect(await names(command, "lab.none")).toMatchObject({ code: 3 });
    }
    // The name server's own entry stays.
    expect((await names("remove", "Pyro.NameServer")).code).toBe(3);
  });

  it("ends with 2 for arguments that do not fit together", async () => {
    expect((await names("list", "a", "--regex", "b")).code).toBe(2);
    expect((await names("remove")).code).toBe(2);
    expect((await names("list", "--regex", "(")).code).toBe(2);
    expect((await names("register", "lab.bad", "nonsense")).code).toBe(2);
  });

  it("pings", async () => {
    expect((await names("ping")).stdout).toMatch(/^PYRO:Pyro\.NameServer@\S+ answers/);
    expect(JSON.parse((await names("ping", "--json")).stdout)).toMatchObject({
      ms: expect.any(Number),
    });
  });

  it("watches, until Ctrl-C", async () => {
    await names("register", "watched.a", URI);
    const at = printed(server);
    await using watch = await serve(
      ["names", "watch", "watched.", "--ns", at],
      /^= watched\.a PYRO:scope/,
    );
    await using json = await serve(
      ["names", "watch", "watched.", "--json", "--ns", at],
      /"kind":"snapshot"/,
    );
    await names("register", "watched.b", URI, "--tag", "cold");
    await watch.nextLine(/^\+ watched\.b PYRO:scope@10\.0\.0\.5:9999 \[cold\]$/);
    await json.nextLine(/"kind":"registered"/);
    await names("set-metadata", "watched.b", "warm");
    await watch.nextLine(/^~ watched\.b \S+ \[warm\]$/);
    await json.nextLine(/"kind":"metadata"/);
    await names("remove", "watched.b");
    await watch.nextLine(/^- watched\.b /);
    await json.nextLine(/"kind":"removed"/);
    expect(json.lines.map((line) => JSON.parse(line).kind)).toEqual([
      "snapshot",
      "registered",
      "metadata",
      "removed",
    ]);
    const { exit, ms } = await interrupt(watch);
    expect(exit.code).toBe(0);
    expect(ms).toBeLessThan(2000);
  }, 60_000);
}

describe("bunsen names stats", () => {
  it("tells what a Bunsen name server did", async () => {
    await using server = await serve(["ns", "--port", "0"], /^PYRO:.*@(localhost:\d+)$/);
    const ns = ["--ns", `${server.ready?.[1]}`];
    await run(["names", "register", "a", "PYRO:a@h:1", ...ns]);
    const { stdout } = await run(["names", "stats", ...ns]);
    expect(stdout).toMatch(/^registrations +1$/m);
    expect(JSON.parse((await run(["names", "stats", "--json", ...ns])).stdout)).toEqual({
      since: expect.stringMatching(/^20.*Z$/),
      names: 2,
      lookups: 0,
      failedLookups: 0,
      registrations: 1,
      removals: 0,
      autoCleaned: 0,
      watchers: 0,
    });
  });
});

describe("bunsen names, at a Bunsen name server", () => {
  suite(() => serve(["ns", "--port", "0"], /^PYRO:Pyro\.NameServer@(localhost:\d+)$/));
});

describeWithPython("bunsen names, at Pyro5's", () => {
  suite(() =>
    spawnPython(
      `
      import Pyro5.nameserver
      Pyro5.nameserver.start_ns_loop(port=0, enableBroadcast=False)
      `,
      [],
      { ready: /^URI = PYRO:Pyro\.NameServer@(\S+)$/ },
    ),
  );

  it("says that it counts nothing", async () => {
    const code =
      "import Pyro5.nameserver\nPyro5.nameserver.start_ns_loop(port=0, enableBroadcast=False)";
    await using server = await spawnPython(code, [], { ready: /^URI = PYRO:.*@(\S+)$/ });
    const { code: exit, stderr } = await run(["names", "stats", "--ns", `${server.ready?.[1]}`]);
    expect([exit, stderr]).toEqual([2, expect.stringContaining("counts nothing but its names")]);
  });
});
