import { Deadline, deadlines } from "./deadlines.ts";

/** How long somebody waits. */
export interface Patience {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; 0 or undefined is without end. */
  readonly timeoutMs?: number | undefined;
  /** Says what came too late. */
  readonly late?: () => Error;
}

/**
 * Waits for `promise` until the signal aborts or the time is up; then rejects with the signal's reason, or with what
 * `late` says. What was waited for goes on.
 */
export function within<T>(promise: Promise<T>, patience: Patience): Promise<T> {
  const { signal, timeoutMs = 0, late } = patience;
  if (!signal && timeoutMs <= 0) return promise;
  return new Promise<T>((resolve, reject) => {
    const deadline = new Deadline(() => giveUp(late?.()));
    const aborted = () => giveUp(signal?.reason);
    const stopWaiting = () => {
      deadlines.remove(deadline);
      signal?.removeEventListener("abort", aborted);
    };
    const giveUp = (reason: unknown) => {
      stopWaiting();
      reject(reason);
    };
    promise.then(resolve, reject).finally(stopWaiting);
    if (signal?.aborted) giveUp(signal.reason);
    else {
      signal?.addEventListener("abort", aborted);
      if (timeoutMs > 0) deadlines.add(deadline, timeoutMs);
    }
  });
}
