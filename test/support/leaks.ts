import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";

/** What Node calls the handles that keep a process alive. One that was unref'd does not show. */
const KINDS = [
  "TCPSocketWrap",
  "TCPServerWrap",
  "TLSWrap",
  "PipeWrap",
  "PipeServerWrap",
  "UDPWrap",
  "ProcessWrap",
] as const;

type Counts = Readonly<Record<string, number>>;
type Timer = NodeJS.Timeout & { readonly _destroyed: boolean };

/**
 * Call it once at the top of a test file, or in a `describe`: each of its tests must leave no more sockets,
 * servers, timers and child processes behind than there were before it. What ends within two seconds counts
 * as closed, since a closing handshake takes time. Timers that were unref'd are nobody's leak.
 */
export function checkLeaks(): void {
  const watch = new Watch();
  beforeAll(() => watch.start());
  afterAll(() => watch.stop());
  beforeEach(() => watch.begin());
  afterEach(() => watch.end("the test"));
}

/** The same for a file as a whole, whose tests may share what its `afterAll` closes. `every-suite.ts` does it for all. */
export function checkLeaksOfFile(): void {
  const watch = new Watch();
  beforeAll(() => {
    watch.start();
    watch.begin();
  });
  afterAll(async () => {
    await watch.end("the file");
    watch.stop();
  });
}

class Watch {
  readonly #timers = new Map<Timer, string>();
  #before: Counts = {};
  #unwatch = () => {};

  start(): void {
    this.#unwatch = watchTimers(this.#timers);
  }

  stop(): void {
    this.#unwatch();
  }

  begin(): void {
    this.#before = counts();
    this.#timers.clear();
  }

  async end(who: string): Promise<void> {
    const deadline = Date.now() + 2_000;
    const leaks = () => [...handles(this.#before), ...running(this.#timers)];
    while (leaks().length > 0 && Date.now() < deadline) await sleep(20);
    if (leaks().length > 0) throw new Error(`${who} left open: ${leaks().join(", ")}`);
  }
}

/** Node counts timers too, but vitest's own come and go among them. Vitest took its setTimeout earlier. */
function watchTimers(timers: Map<Timer, string>): () => void {
  const real = { setTimeout, setInterval };
  for (const name of ["setTimeout", "setInterval"] as const) {
    const watched = (...args: Parameters<typeof setTimeout>): Timer => {
      const timer = real[name](...args) as Timer;
      const made = new Error("made").stack?.split("\n")[2]?.trim();
      timers.set(timer, `a timer (${name} ${made})`);
      return timer;
    };
    // Its own properties come along: util.promisify looks there.
    Object.assign(globalThis, { [name]: Object.assign(watched, real[name]) });
  }
  return () => Object.assign(globalThis, real);
}

function running(timers: Map<Timer, string>): string[] {
  return [...timers]
    .filter(([timer]) => !timer._destroyed && timer.hasRef())
    .map(([, what]) => what);
}

function handles(before: Counts): string[] {
  const now = counts();
  return KINDS.flatMap((kind) => {
    const more = (now[kind] ?? 0) - (before[kind] ?? 0);
    return more > 0 ? [`${more} ${kind}`] : [];
  });
}

function counts(): Counts {
  const counted: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counted[kind] = (counted[kind] ?? 0) + 1;
  return counted;
}
