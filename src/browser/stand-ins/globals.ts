/** What the shared code uses of Node's globals, for a browser. The bundler puts them in the places of the globals. */
export const process = {
  nextTick<A extends unknown[]>(run: (...args: A) => void, ...args: A): void {
    queueMicrotask(() => run(...args));
  },
  env: {},
};

const waiting: (() => void)[] = [];
let port: { postMessage(message: unknown): void } | undefined;

/** After what else is waiting, and without the delay that browsers give to timers. */
export function setImmediate<A extends unknown[]>(run: (...args: A) => void, ...args: A): void {
  port ??= openPort();
  waiting.push(() => run(...args));
  port.postMessage(undefined);
}

function openPort(): { postMessage(message: unknown): void } {
  const { port1, port2 } = new MessageChannel();
  // The types here are Node's, whose ports have this, too.
  (port1 as unknown as { onmessage: () => void }).onmessage = () => waiting.shift()?.();
  return port2;
}
