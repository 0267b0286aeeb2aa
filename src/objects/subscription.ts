import type { ConnectionState } from "./channel.ts";
import type { Observable } from "./observable.ts";
import { connectionState } from "./proxy.ts";

/** Something that is asked for anew whenever a connection was lost. */
export interface Subscription extends AsyncDisposable {
  /** Stops asking. What the last asking gave is not taken back. */
  close(): void;
}

/** How long to wait before asking anew, in milliseconds: the first time, and at most. */
const FIRST_MS = 250;
const MOST_MS = 15_000;

/**
 * Runs `start` now, and again each time that the connection of `proxy` was lost and is back: to pass a callback, or to
 * begin a stream, that a server forgets with the connection.
 *
 *     subscribe(thermostat, (it) => it.watch((celsius) => show(celsius)));
 *
 * Where nothing else makes a new connection, `start` itself does, by calling. It is tried again, more and more slowly,
 * while it fails for want of a connection; what else it throws ends the subscription and is told to `onError`.
 */
export function subscribe<P extends object>(
  proxy: P,
  start: (proxy: P) => unknown,
  onError: (error: unknown) => void = throwLater,
): Subscription {
  const state: Observable<ConnectionState> = connectionState(proxy);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let delay = FIRST_MS;
  let running = false;
  let again = false;
  let closed = false;

  const run = async (): Promise<void> => {
    timer = undefined;
    running = true;
    again = false;
    try {
      await start(proxy);
      delay = FIRST_MS;
    } catch (error) {
      if (closed) return;
      if (isLost(state.value)) again = true;
      else {
        close();
        onError(error);
      }
    } finally {
      running = false;
      if (again) later();
    }
  };
  const later = () => {
    if (closed || timer !== undefined) return;
    // Not all at the same time, after a gateway was restarted.
    timer = setTimeout(run, delay * (0.75 + Math.random() / 2));
    delay = Math.min(delay * 2, MOST_MS);
  };
  const unsubscribe = state.subscribe((now) => {
    if (!isLost(now)) return;
    if (running) again = true;
    else later();
  });
  const close = () => {
    closed = true;
    clearTimeout(timer);
    unsubscribe();
  };
  void run();
  return { close, [Symbol.asyncDispose]: async () => close() };
}

function isLost({ name }: ConnectionState): boolean {
  return name === "lost";
}

/** An error that nobody listens to must not vanish. */
function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
