import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { BunsenError, locateNameServer, type NameServerClient, parseUri } from "../../src/index.ts";
import type { NameServerServeOptions } from "../../src/names/serve.ts";
import { checkLeaks } from "../support/leaks.ts";
import { freePort } from "../support/ports.ts";
import { type RunningProcess, startProcess } from "../support/process.ts";
import { itWithPython, runPython } from "../support/python.ts";

const PROGRAM = fileURLToPath(new URL("name-server-process.ts", import.meta.url));

const directory = mkdtempSync(join(tmpdir(), "bunsen-names-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** 900 letters that look random, and are the same each time. */
function vowels(seed: number): string {
  let state = seed * 2654435761 + 1;
  return Array.from({ length: 900 }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return "aeiou"[(state >>> 16) % 5];
  }).join("");
}

/** A name server in a process of its own. */
async function start(
  options: NameServerServeOptions = {},
): Promise<RunningProcess & { port: number }> {
  const args = [PROGRAM, JSON.stringify({ port: 0, ...options })];
  const running = await startProcess(process.execPath, args, { ready: /^READY .*:(\d+)$/ });
  return Object.assign(running, { port: Number(running.ready?.[1]) });
}

async function clients(
  count: number,
  port: number,
): Promise<AsyncDisposable & { all: NameServerClient[] }> {
  const stack = new AsyncDisposableStack();
  const locate = () => locateNameServer({ host: "localhost", port });
  const all = await Promise.all(Array.from({ length: count }, locate));
  for (const client of all) stack.use(client);
  return { all, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe("a name server", () => {
  checkLeaks();

  it("that is killed has lost nothing that it acknowledged, with a file", async () => {
    const storage = `sql:${join(directory, "killed.sql")}`;
    /** What was acknowledged of each name, and what else may have been done to it when the process was killed. */
    const known = new Map<string, { sure: string; maybe?: string }>();
    const NOTHING = "ERR_NAME_UNKNOWN";
    for (let round = 0; round < 3; round++) {
      await using server = await start({ storage });
      await using connected = await clients(4, server.port);
      const work = connected.all.map(async (client, worker) => {
        for (let i = 0; ; i++) {
          const name = `worker ${worker} name ${i % 50}`;
          const sure = known.get(name)?.sure ?? NOTHING;
          const uri = `PYRO:o@h:${round * 10_000 + i + 1}`;
          const goes = i % 7 === 6;
          known.set(name, { sure, maybe: goes ? NOTHING : uri });
          if (goes) await client.remove(name);
          else await client.register(name, uri, { metadata: [uri] });
          known.set(name, { sure: goes ? NOTHING : uri });
        }
      });
      const failures = Promise.allSettled(work);
      await expect.poll(() => known.size).toBeGreaterThan(20);
      await sleep(100 * Math.random()); // any moment will do: there is nothing to wait for
      server.kill("SIGKILL");
      for (const outcome of await failures) {
        expect(outcome).toMatchObject({ status: "rejected", reason: expect.any(BunsenError) });
      }

      await using restarted = await start({ storage });
      await using names = await locateNameServer({ host: "localhost", port: restarted.port });
      const records = await names.listWithMetadata({ prefix: "worker " });
      const found = new Map(records.map((record) => [record.name, record]));
      for (const [name, { sure, maybe }] of known) {
        const uri = found.get(name)?.uri ?? NOTHING;
        expect([sure, maybe], name).toContain(uri);
        // A name and its tags are written together, or not at all.
        if (uri !== NOTHING) expect(found.get(name)?.metadata).toEqual([uri]);
        known.set(name, { sure: uri });
      }
    }
    expect(known.size).toBeGreaterThan(20);
  });

  it("that is restarted under load is missed with clear errors, and then used again", async () => {
    const storage = `sql:${join(directory, "restarted.sql")}`;
    const port = await freePort();
    const first = await start({ storage, port });
    await using connected = await clients(8, port);
    await connected.all[0]?.register("lab.laser", "PYRO:laser@h:1");
    let stopped = false;
    let answers = 0;
    const errors = new Map<string, BunsenError>();
    const load = connected.all.map(async (client) => {
      while (!stopped) {
        try {
          expect(await client.lookup("lab.laser")).toEqual(parseUri("PYRO:laser@h:1"));
          answers++;
        } catch (error) {
          if (!(error instanceof BunsenError)) throw error;
          errors.set(error.code, error);
          await sleep(1); // refused connections cost no time: leave some to the rest of this process
        }
      }
    });
    const more = async () => {
      const before = answers;
      await expect.poll(() => answers, { timeout: 10_000 }).toBeGreaterThan(before + 1000);
    };
    await more();
    first.kill("SIGKILL");
    await first.exited;
    await expect.poll(() => [...errors.keys()]).toContain("ERR_CONNECT");
    await using _ = await start({ storage, port });
    await more();
    stopped = true;
    await Promise.all(load);
    for (const [code, error] of errors) {
      // Under way when it was killed, or made while nothing listened.
      expect(["ERR_CONNECT", "ERR_CONNECTION_LOST", "ERR_CLOSED_BY_PEER"]).toContain(code);
      expect(error.message).toMatch(/localhost:\d+/);
      expect(error.retry).toBe(code === "ERR_CONNECT" ? "later" : "unknown");
    }
  });

  it("takes 10,000 names from 8 clients at once", async () => {
    await using server = await start();
    await using connected = await clients(8, server.port);
    const [first] = connected.all as [NameServerClient];
    await Promise.all(
      connected.all.map(async (client, worker) => {
        const mine = Array.from({ length: 1250 }, (_, i) => `worker.${worker}.${i}`);
        // In batches of many at once, as a client does that has everything at hand.
        for (let i = 0; i < mine.length; i += 50) {
          const part = mine.slice(i, i + 50);
          await Promise.all(
            part.map((name) =>
              client.register(name, `PYRO:${name}@h:1`, { metadata: [`${worker}`] }),
            ),
          );
        }
      }),
    );
    expect(await first.count()).toBe(10_001);
    const listed = await first.list({ prefix: "worker." });
    expect(listed.size).toBe(10_000);
    for (const [name, uri] of listed) if (uri !== `PYRO:${name}@h:1`) expect.fail(name);
    expect(await first.find({ all: ["3"] })).toHaveLength(1250);
    expect(await first.removeMatching({ prefix: "worker.3." })).toBe(1250);
    expect(await first.count()).toBe(8751);
  });

  itWithPython("takes 10,000 names from Python clients at once", async () => {
    await using server = await start();
    const code = `
      import sys
      from concurrent.futures import ThreadPoolExecutor
      from Pyro5.api import locate_ns, BatchProxy

      def work(worker):
          with locate_ns("localhost", int(sys.argv[1])) as ns:
              batch = BatchProxy(ns)
              for i in range(500):
                  batch.register("batch.%d.%d" % (worker, i), "PYRO:o@h:1", metadata=["batch"])
              for _ in batch():
                  pass
              for i in range(2000):
                  ns.register("single.%d.%d" % (worker, i), "PYRO:o@h:1", metadata=["single"])

      with ThreadPoolExecutor(4) as pool:
          list(pool.map(work, range(4)))
      with locate_ns("localhost", int(sys.argv[1])) as ns:
          print(ns.count(), len(ns.yplookup(["batch"])), len(ns.list(prefix="single.")))
    `;
    expect(await runPython(code, [`${server.port}`])).toBe("10001 2000 8000\n");
  });

  it("answers others while it runs the worst regular expressions there are", async () => {
    await using server = await start();
    await using connected = await clients(5, server.port);
    const [filler, other, ...hostile] = connected.all as [
      NameServerClient,
      NameServerClient,
      ...NameServerClient[],
    ];
    // Long names that nearly match, which is what makes a backtracking matcher take for ever; all different, which
    // is what makes one of states build ever new ones.
    for (let i = 0; i < 1000; i += 50) {
      const part = Array.from({ length: 50 }, (_, j) => `${vowels(i + j)}${i + j}`);
      await Promise.all(part.map((name) => filler.register(name, "PYRO:o@h:1")));
    }
    await filler.register("lab.laser", "PYRO:laser@h:1");
    const regexes = ["(?i)(\\w*[aeiou]){80}!", "(\\w*[aeiou]){70}[^\\w]", "(a*)*(a+)+b"];
    let running = true;
    const attacks = hostile.map(async (client) => {
      while (running) {
        const outcomes = await Promise.allSettled(regexes.map((regex) => client.list({ regex })));
        for (const outcome of outcomes) {
          if (outcome.status === "fulfilled") continue;
          // It may take longer than one may.
          expect(outcome.reason).toMatchObject({ code: "ERR_BAD_REGEX" });
        }
      }
    });
    let slowest = 0;
    let lookups = 0;
    const began = performance.now();
    while (performance.now() < began + 3000) {
      const asked = performance.now();
      await other.lookup("lab.laser");
      slowest = Math.max(slowest, performance.now() - asked);
      lookups++;
    }
    running = false;
    await Promise.all(attacks);
    expect(lookups).toBeGreaterThan(10);
    // Generous: a slice is 5 ms, and one name costs at most some 40.
    expect(slowest).toBeLessThan(1000);
  }, 60_000);
});
