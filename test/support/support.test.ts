import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { checkLeaks } from "./leaks.ts";
import { documentedPorts, freePort } from "./ports.ts";
import { startProcess } from "./process.ts";
import { describeWithPython, itWithPython, runPython, spawnPython } from "./python.ts";

describe("a running program", () => {
  checkLeaks();
  const node = (code: string, options = {}) =>
    startProcess(process.execPath, ["-e", code], options);

  it("is ready when it says so, and its lines come in order", async () => {
    await using running = await node(
      "console.log('hm\\nready 7\\na\\nb'); setInterval(() => {}, 9)",
      {
        ready: /^ready (\d+)/,
      },
    );
    expect(running.ready?.[1]).toBe("7");
    expect((await running.nextLine())[0]).toBe("a");
    expect((await running.nextLine(/b/)).input).toBe("b");
  });

  it("shows what it said when it ends too early", async () => {
    const start = node("console.error('no such port'); process.exit(3)", { ready: /^ready/ });
    await expect(start).rejects.toThrow(/ended without a line[\s\S]*no such port/);
  });

  it("shows what it said when it is late", async () => {
    await using running = await node("console.log('hm'); setInterval(() => {}, 9)");
    await expect(running.nextLine(/never/, 300)).rejects.toThrow(/no line matched[\s\S]*hm/);
  });

  it("says that a program does not exist", async () => {
    await expect(startProcess("no-such-program", [], { ready: /x/ })).rejects.toThrow("ENOENT");
  });
});

describe("ports", () => {
  checkLeaks();
  it("finds a free one", async () => {
    const server = createServer().listen(await freePort(), "127.0.0.1");
    await once(server, "listening");
    server.close();
  });

  it("gives turns to the programs of the documentation", async () => {
    const order: string[] = [];
    const first = await documentedPorts();
    const second = documentedPorts().then(async (turn) => {
      order.push("second");
      await turn[Symbol.asyncDispose]();
    });
    order.push("first");
    await first[Symbol.asyncDispose]();
    await second;
    expect(order).toEqual(["first", "second"]);
  });
});

describeWithPython("a Python peer", () => {
  checkLeaks();

  it("tells its URI when it is ready", async () => {
    await using peer = await spawnPython(
      `
        import Pyro5.api
        daemon = Pyro5.api.Daemon()
        print("ready", daemon.register(Pyro5.api.expose(type("Thing", (), {})), "thing"))
        daemon.requestLoop()
      `,
      [],
      { ready: /^ready (PYRO:thing@.*)/ },
    );
    expect(peer.ready?.[1]).toMatch(/^PYRO:thing@localhost:\d+$/);
    peer.kill("SIGINT");
    expect((await peer.exited).signal ?? "exit").toBeTruthy();
  });

  it("runs to its end with its arguments", async () => {
    expect(await runPython("import sys; print(sys.argv[1:], __name__)", ["a", "b"])).toBe(
      "['a', 'b'] __main__\n",
    );
  });

  it("shows its traceback when it fails", async () => {
    await expect(runPython("raise ValueError('boom')")).rejects.toThrow(/line 1[\s\S]*boom/);
  });

  it("does not see the PYRO_ variables of the tests", async () => {
    process.env["PYRO_PYROFAKE"] = "1";
    const names = "import os; print([name for name in os.environ if name.startswith('PYRO')])";
    expect(await runPython(names)).toBe("[]\n");
    delete process.env["PYRO_PYROFAKE"];
  });
});

itWithPython("ends a peer whose test process is killed", async () => {
  const module = new URL("python.ts", import.meta.url);
  const code = `
    const { spawnPython } = await import(${JSON.stringify(module)});
    const peer = await spawnPython("import time; print('ready'); time.sleep(60)", [], { ready: /^ready/ });
    console.log("peer", peer.pid);
    process.kill(process.pid, "SIGKILL");
  `;
  const folder = mkdtempSync(join(tmpdir(), "bunsen-killed-")); // what it cannot clean up goes here
  onTestFinished(() => rmSync(folder, { recursive: true }));
  await using parent = await startProcess(process.execPath, ["--input-type=module", "-e", code], {
    ready: /^peer (\d+)/,
    env: { TMPDIR: folder },
  });
  const pid = Number(parent.ready?.[1]);
  await expect.poll(() => isRunning(pid), { timeout: 5_000 }).toBe(false);
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
