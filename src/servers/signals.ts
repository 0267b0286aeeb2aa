import type { Logger } from "../log.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** How long a far name server, or a device, may keep the process from ending. */
const FAREWELL_MS = 5000;
/** One Ctrl-C can arrive twice: from the terminal, and passed on by npm. Only a later one is a person in a hurry. */
const SAME_SIGNAL_MS = 500;

interface Open {
  readonly close: () => Promise<void>;
  readonly logger: Logger;
}

/** What a signal closes: signals are the process's, so all of it ends before the process does. */
const open = new Set<Open>();

/**
 * Closes on SIGINT, SIGTERM and SIGHUP, together with whatever else is to be closed so; then the signal does what it does
 * by default. A second signal ends the process at once.
 * @returns A function that takes it back.
 */
export function closeOnSignals(close: () => Promise<void>, logger: Logger): () => void {
  const one: Open = { close, logger };
  if (open.size === 0) for (const signal of SIGNALS) process.on(signal, closeAll);
  open.add(one);
  return () => {
    if (open.delete(one) && open.size === 0) forget(closeAll);
  };
}

function closeAll(signal: NodeJS.Signals): void {
  const since = Date.now();
  const hurry = (again: NodeJS.Signals) => {
    if (Date.now() - since > SAME_SIGNAL_MS) leave(again);
  };
  const leave = (by: NodeJS.Signals) => {
    clearTimeout(overdue);
    // Nobody of ours listens any more: it does what it does by default.
    forget(hurry);
    process.kill(process.pid, by);
  };
  forget(closeAll);
  for (const name of SIGNALS) process.on(name, hurry);
  const closing = [...open];
  open.clear();
  for (const { logger } of closing) logger.info({ signal }, "closing");
  const overdue = setTimeout(() => leave(signal), FAREWELL_MS).unref();
  void Promise.allSettled(closing.map(({ close }) => close())).then(() => leave(signal));
}

function forget(listener: (signal: NodeJS.Signals) => void): void {
  for (const signal of SIGNALS) process.off(signal, listener);
}
