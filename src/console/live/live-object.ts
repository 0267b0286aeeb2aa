import type { Observable } from "../../objects/observable.ts";
import { channelOf, connectionState } from "../../objects/proxy.ts";
import type { Live } from "./live.ts";
import { messageOf, Polls } from "./polls.ts";
import type { Source } from "./source.ts";
import { Streams } from "./streams.ts";

/** Milliseconds until an object that cannot be connected to is tried again: the first time, and at most. */
const FIRST_MS = 500;
const MOST_MS = 15_000;
/** Milliseconds from one question to the next whether an object is there whose streams say nothing, and to answer it. */
const PING_MS = 5_000;
/** Milliseconds from one reading of an attribute to the next. */
const PERIOD_MS = 1_000;

const NO_ANSWER = "no answer";
const LOST = "the connection was lost";

/** One source that is followed, for one who looks. */
export interface Following {
  readonly live: Observable<Live>;
  /** Looks no more. What nobody looks at is not asked for. */
  close(): void;
}

interface Followed {
  readonly live: Observable<Live>;
  readers: number;
}

type Members = Readonly<Record<string, unknown>>;

/**
 * What is followed of one object. It is connected to with the first that is followed, again and again until it is there;
 * what several look at is asked for once. A lost connection makes all values stale in that moment; with the connection
 * they come back.
 */
export class LiveObject {
  readonly #connect: () => Promise<object>;
  readonly #polls: Polls;
  readonly #streams: Streams;
  readonly #followed = new Map<string, Followed>();
  #proxy: object | undefined;
  #connecting = false;
  #delay = FIRST_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #heart: ReturnType<typeof setTimeout> | undefined;
  #unsubscribe: () => void = () => {};

  /** @param connect - Gives the connected proxy, which connects again by itself. It is not closed here. */
  constructor(connect: () => Promise<object>) {
    this.#connect = connect;
    this.#polls = new Polls((name) => this.#read(name));
    this.#streams = new Streams((member, args) =>
      (this.#members[member] as (...args: unknown[]) => AsyncIterable<unknown>)(...args),
    );
  }

  /** Follows a source of this object. An attribute that several follow is read in the period of the first. */
  follow(source: Source): Following {
    const key = keyOf(source);
    const followed = this.#followed.get(key) ?? { live: this.#begin(source, key), readers: 0 };
    followed.readers += 1;
    this.#followed.set(key, followed);
    if (this.#proxy) this.#beat();
    else void this.#open();
    let open = true;
    const close = () => {
      if (open) this.#leave(source, key, followed);
      open = false;
    };
    return { live: followed.live, close };
  }

  async #read(attribute: string): Promise<unknown> {
    const value = this.#members[attribute];
    // Asked for by name, as a page kept it: the object may be another one by now.
    if (typeof value === "function") throw new TypeError(`it has no attribute "${attribute}"`);
    return await value;
  }

  get #members(): Members {
    return this.#proxy as Members;
  }

  #begin(source: Source, key: string): Observable<Live> {
    if (source.kind === "attribute") {
      return this.#polls.follow(source.member, source.periodMs ?? PERIOD_MS);
    }
    const { member, args = [] } = source.kind === "model" ? { member: "watch" } : source;
    return this.#streams.follow(key, member, args);
  }

  #leave(source: Source, key: string, followed: Followed): void {
    followed.readers -= 1;
    if (followed.readers > 0) return;
    this.#followed.delete(key);
    if (source.kind === "attribute") this.#polls.drop(source.member);
    else this.#streams.drop(key);
    if (this.#followed.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#unsubscribe();
    this.#lost(LOST);
    this.#proxy = undefined;
  }

  async #open(): Promise<void> {
    if (this.#connecting || this.#timer !== undefined) return;
    this.#connecting = true;
    try {
      const proxy = await this.#connect();
      if (this.#followed.size > 0) this.#attach(proxy);
      this.#delay = FIRST_MS;
    } catch (error) {
      this.#lost(messageOf(error));
      if (this.#followed.size > 0) this.#openLater();
    } finally {
      this.#connecting = false;
    }
  }

  #openLater(): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#open();
    }, this.#delay);
    this.#delay = Math.min(this.#delay * 2, MOST_MS);
  }

  #attach(proxy: object): void {
    this.#proxy = proxy;
    const state = connectionState(proxy);
    const follow = () => {
      if (state.value.name === "connected") this.#start();
      else this.#lost(LOST);
    };
    this.#unsubscribe = state.subscribe(follow);
    follow();
  }

  #start(): void {
    this.#polls.start();
    this.#streams.start();
    this.#beat();
  }

  #lost(reason: string): void {
    clearTimeout(this.#heart);
    this.#heart = undefined;
    this.#polls.lost(reason);
    this.#streams.lost(reason);
  }

  /** A stream may be silent for days; whether its object is there is asked. */
  #beat(): void {
    const proxy = this.#proxy;
    if (this.#heart !== undefined || proxy === undefined) return;
    if (connectionState(proxy).value.name !== "connected" || this.#streams.size === 0) return;
    const channel = channelOf(proxy);
    const heart = setTimeout(async () => {
      const asked = Date.now();
      const late = setTimeout(() => this.#streams.unheard(NO_ANSWER, asked), PING_MS);
      await channel.ping?.({}).catch(() => {});
      clearTimeout(late);
      if (this.#heart !== heart) return;
      this.#heart = undefined;
      this.#streams.heard(NO_ANSWER);
      this.#beat();
    }, PING_MS);
    this.#heart = heart;
  }
}

/** Sources with the same key are asked for once; which part of the value is looked at makes no difference. */
function keyOf(source: Source): string {
  const { kind } = source;
  if (kind === "model") return kind;
  const { member } = source;
  return kind === "attribute" ? `${kind} ${member}` : `${kind} ${member} ${argsKey(source.args)}`;
}

function argsKey(args: readonly unknown[] = []): string {
  return JSON.stringify(args);
}
