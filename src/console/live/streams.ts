import { CommunicationError } from "../../errors.ts";
import { Observable } from "../../objects/observable.ts";
import { fresh, type Live, stale, WAITING } from "./live.ts";
import { messageOf } from "./polls.ts";

/** Milliseconds until a stream that failed on the way is asked for anew: the first time, and at most. */
const FIRST_MS = 1_000;
const MOST_MS = 15_000;

/** Asks for a stream; ends when the signal is aborted. */
type Ask = (member: string, args: readonly unknown[]) => AsyncIterable<unknown>;

interface Stream {
  readonly member: string;
  readonly args: readonly unknown[];
  readonly live: Observable<Live>;
  /** Ends the asking that is under way, or waits. */
  stop: () => void;
}

/**
 * Follows streams of one object: each item is a sample. One that fails because something on the way does is asked for
 * anew; one that ends, or whose method raises an error, is over.
 */
export class Streams {
  readonly #ask: Ask;
  readonly #streams = new Map<string, Stream>();
  #connected = false;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** Follows a stream, by a key of the caller's. */
  follow(key: string, member: string, args: readonly unknown[]): Observable<Live> {
    const stream = { member, args, live: new Observable(WAITING), stop: () => {} };
    this.#streams.set(key, stream);
    if (this.#connected) this.#begin(stream);
    return stream.live;
  }

  /** Follows it no more, and tells the object so. */
  drop(key: string): void {
    this.#streams.get(key)?.stop();
    this.#streams.delete(key);
  }

  /** The object can be asked: all streams begin. */
  start(): void {
    this.#connected = true;
    for (const stream of this.#streams.values()) this.#begin(stream);
  }

  /** The object cannot be asked until `start`: all are stale at once, and over. */
  lost(reason: string, since: number = Date.now()): void {
    this.#connected = false;
    for (const stream of this.#streams.values()) {
      stream.stop();
      stream.live.set(stale(stream.live.value, reason, since));
    }
  }

  #begin(stream: Stream): void {
    stream.stop();
    // It is there again; what it said before may not hold any more, though it has nothing new to say for days.
    stream.live.set({ ...stream.live.value, freshness: { name: "waiting" } });
    let stopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let items: AsyncIterator<unknown> | undefined;
    let delay = FIRST_MS;
    stream.stop = () => {
      stopped = true;
      clearTimeout(timer);
      // The answer is nobody's: the stream may be over with its connection.
      items?.return?.().catch(() => {});
    };
    const { live } = stream;
    const read = async (): Promise<void> => {
      try {
        items = this.#ask(stream.member, stream.args)[Symbol.asyncIterator]();
        for (let step = await items.next(); !stopped; step = await items.next()) {
          if (step.done) return live.set(stale(live.value, "the stream has ended"));
          delay = FIRST_MS;
          live.set(fresh(step.value));
        }
      } catch (error) {
        if (stopped) return;
        live.set(stale(live.value, messageOf(error)));
        if (!(error instanceof CommunicationError)) return;
        timer = setTimeout(() => void read(), delay);
        delay = Math.min(delay * 2, MOST_MS);
      }
    };
    void read();
  }
}
