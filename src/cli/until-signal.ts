import { constants } from "node:os";
import { report, warn } from "./report.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type StopSignal = (typeof SIGNALS)[number];

/** What closing may take. Whoever pressed Ctrl-C waits for it, and the next start wants the port. */
const CLOSE_MS = 1500;
/** One Ctrl-C can arrive twice: from the terminal, and passed on by npm. Only a later one is a person in a hurry. */
const SAME_SIGNAL_MS = 500;

/** Listens for Ctrl-C and its like from now on. To be called before a server says that it is ready. */
export function stopSignal(): Promise<StopSignal> {
  return new Promise((resolve) => {
    const heard = (signal: StopSignal): void => {
      for (const name of SIGNALS) process.removeListener(name, heard);
      resolve(signal);
    };
    for (const name of SIGNALS) process.on(name, heard as (signal: NodeJS.Signals) => void);
  });
}

/**
 * Waits until this process is told to stop, or `ended` settles by itself, then closes and ends the process: with 0,
 * since stopping is what was asked for. A second signal, or a close that takes too long, ends it at once.
 *
 * Ends the process rather than returning: a served module may hold timers that would keep it alive.
 */
export async function untilSignal(
  stop: Promise<StopSignal>,
  close: () => Promise<unknown>,
  ended: Promise<unknown> = new Promise(() => {}),
): Promise<never> {
  const signal = await Promise.race([stop, ended.then(() => undefined)]);
  const code = signal === undefined ? 0 : 128 + constants.signals[signal];
  const since = Date.now();
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (Date.now() - since > SAME_SIGNAL_MS) process.exit(code);
    });
  }
  const overdue = setTimeout(() => {
    warn(`closing took more than ${CLOSE_MS} ms; ended without waiting for the rest`);
    process.exit(0);
  }, CLOSE_MS);
  try {
    await close();
  } catch (error) {
    report(error, false);
    process.exit(1);
  }
  clearTimeout(overdue);
  process.exit(0);
}

/** Aborts at the first signal, for commands that watch something. Take the handlers away with `using`. */
export function signalAborts(): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  for (const name of SIGNALS) process.once(name, abort);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of SIGNALS) process.removeListener(name, abort);
    },
  };
}
