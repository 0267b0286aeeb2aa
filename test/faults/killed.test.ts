import { describe, expect, it } from "vitest";
import { BunsenError, connect, type Remote } from "../../src/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { freePort } from "../support/ports.ts";
import { describeWithPython, spawnPython } from "../support/python.ts";
import { type Lab, startLab } from "./lab.ts";

checkLeaks();

const CALLS = 1000;

/** Python's daemons take one call of a connection at a time: the others wait in its socket, or in ours. */
const PYTHON_LAB = `
import sys, time
if sys.argv[1] == "5":
    from Pyro5.api import Daemon, expose
else:
    from Pyro4 import Daemon, expose

@expose
class Lab:
    def add(self, a, b): return a + b
    def wait(self, ms): time.sleep(ms / 1000); return ms

daemon = Daemon(port=int(sys.argv[2]))
print(daemon.register(Lab(), "lab"))
daemon.requestLoop()
`;

interface Victim extends AsyncDisposable {
  readonly uri: string;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<unknown>;
}
type Start = (port: number) => Promise<Victim>;

async function startPython(generation: string, port: number): Promise<Victim> {
  const peer = await spawnPython(PYTHON_LAB, [generation, String(port)], { ready: /^PYRO:/ });
  return Object.assign(peer, { uri: peer.lines[0] as string });
}

function dies(start: Start): void {
  it("settles each of 1,000 outstanding calls with what became of it, and is used again after a restart", async () => {
    const port = await freePort();
    await using victim = await start(port);
    await using lab = await connect<Lab>(victim.uri);
    const before = await Promise.all(Array.from({ length: 100 }, (_, i) => lab.add(i, 1)));
    expect(before.at(-1)).toBe(100);
    // Some of them answered, some running, some not begun, some perhaps not even sent.
    const calls = Array.from({ length: CALLS }, (_, i) =>
      i < 100 ? lab.add(i, 1) : (lab as Remote<Lab>).wait(5 + (i % 7) * 1000),
    );
    const outcomes = Promise.allSettled(calls);
    await Promise.all(calls.slice(0, 100));
    victim.kill("SIGKILL");
    let failed = 0;
    for (const [i, outcome] of (await outcomes).entries()) {
      if (outcome.status === "fulfilled") {
        expect(outcome.value).toBe(i < 100 ? i + 1 : 5 + (i % 7) * 1000);
        continue;
      }
      failed++;
      expect(outcome.reason).toBeInstanceOf(BunsenError);
      // All had been given to the connection: nobody can tell any more which ran.
      expect(outcome.reason.retry).toBe("unknown");
      expect(outcome.reason.message).toMatch(/may (already )?have run|whether it ran/);
    }
    expect(failed).toBeGreaterThan(500);
    await victim.exited;
    await expect(lab.add(1, 1)).rejects.toMatchObject({ code: "ERR_CONNECT", retry: "later" });
    await using _ = await start(port);
    expect(await lab.add(20, 22)).toBe(42);
  });
}

describe("a Bunsen daemon that is killed", () => {
  dies(startLab);
});

describeWithPython("a Pyro5 daemon that is killed", () => {
  dies((port) => startPython("5", port));
});

describeWithPython("a Pyro4 daemon that is killed", () => {
  dies((port) => startPython("4", port));
});
