// The queue between clients and workers. Needs a name server. Run: node dispatcher.ts
import { Daemon, expose } from "#bunsen";

/** Items in the order they came, for whoever asks; who asks too early waits. */
class Queue<T> {
  readonly #items: T[] = [];
  readonly #waiting: ((item: T) => void)[] = [];

  get size(): number {
    return this.#items.length;
  }

  put(item: T): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(item);
    else this.#items.push(item);
  }

  /** @throws RangeError (Python's ValueError) with `otherwise`, when there was none for `seconds`. */
  get(seconds: number, otherwise: string): T | Promise<T> {
    const item = this.#items.shift();
    if (item !== undefined) return item;
    return new Promise((resolve, reject) => {
      const waiting = (item: T) => {
        clearTimeout(timer);
        resolve(item);
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(new RangeError(otherwise));
      }, seconds * 1000);
      this.#waiting.push(waiting);
    });
  }
}

/**
 * Knows nothing of what passes through: an instance of a class that is not registered here is a plain record, and
 * leaves as what it came as.
 */
export class DispatcherQueue<Item extends object> {
  readonly #work = new Queue<Item>();
  readonly #results = new Queue<Item>();

  putWork(item: Item): void {
    this.#work.put(item);
  }
  getWork(timeout = 5): Item | Promise<Item> {
    return this.#work.get(timeout, "no items in queue");
  }
  putResult(item: Item): void {
    this.#results.put(item);
  }
  getResult(timeout = 5): Item | Promise<Item> {
    return this.#results.get(timeout, "no result available");
  }
  workQueueSize(): number {
    return this.#work.size;
  }
  resultQueueSize(): number {
    return this.#results.size;
  }
}
expose(DispatcherQueue, {
  putWork: true,
  getWork: true,
  putResult: true,
  getResult: true,
  workQueueSize: true,
  resultQueueSize: true,
});

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("dispatcher", new DispatcherQueue());
await daemon.announce("dispatcher", "example.distributed.dispatcher");
console.log("ready", daemon.uriFor("dispatcher"));
