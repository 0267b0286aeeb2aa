import type { Observable } from "../../objects/observable.ts";
import { type Live, stale } from "./live.ts";
import { Polls } from "./polls.ts";
import type { Source } from "./source.ts";
import { Streams } from "./streams.ts";

/** Milliseconds from one reading of an attribute to the next. */
const PERIOD_MS = 1_000;

/** How the page stands with an object: what `ObjectLink` tells, as far as it matters here. */
export type Standing =
  | { readonly name: "connecting" }
  | { readonly name: "connected"; readonly proxy: object }
  | { readonly name: "lost"; readonly since: number; readonly reason: string };

/** How it stands now and from now on; an `Observable` of something that says more will do. */
export type Standings = Pick<Observable<Standing>, "value" | "subscribe">;

/** One source that is followed, for one who looks. */
export interface Following {
  readonly live: Observable<Live>;
  /** Looks no more. What nobody looks at is not asked for. */
  close(): void;
}

interface Followed {
  readonly live: Observable<Live>;
  readonly end: () => void;
  readers: number;
}

type Polled = Extract<Source, { readonly kind: "attribute" | "answer" }> & {
  readonly args?: readonly unknown[];
};

type Members = Readonly<Record<string, unknown>>;

/**
 * What is followed of one object: asked for once, however many look. When the object is lost all values are stale in that
 * moment; when it is back, so are they.
 */
export class LiveObject {
  readonly #polls: Polls;
  readonly #streams: Streams;
  readonly #followed = new Map<string, Followed>();
  /** What the keys of polls stand for. */
  readonly #polled = new Map<string, Polled>();
  readonly #standing: Standings;
  readonly #unsubscribe: () => void;
  #proxy: object | undefined;

  constructor(standing: Standings) {
    this.#polls = new Polls((key) => this.#read(key));
    this.#streams = new Streams((member, args) =>
      (this.#members[member] as (...args: unknown[]) => AsyncIterable<unknown>)(...args),
    );
    this.#standing = standing;
    this.#unsubscribe = standing.subscribe((now) => this.#stand(now));
    this.#stand(standing.value);
  }

  /** Whether nobody looks. */
  get isIdle(): boolean {
    return this.#followed.size === 0;
  }

  /** Follows a source of this object. An attribute that several follow is read in the period of the first. */
  follow(source: Source): Following {
    const key = keyOf(source);
    const followed = this.#followed.get(key) ?? this.#begin(source, key);
    followed.readers += 1;
    let open = true;
    const close = () => {
      if (!open) return;
      open = false;
      followed.readers -= 1;
      if (followed.readers > 0) return;
      this.#followed.delete(key);
      followed.end();
    };
    return { live: followed.live, close };
  }

  /** Follows the object no more. */
  close(): void {
    this.#unsubscribe();
    this.#polls.lost("closed");
    this.#streams.lost("closed");
  }

  #stand(now: Standing): void {
    if (now.name === "connected") {
      // It may be told twice.
      if (this.#proxy !== undefined) return;
      this.#proxy = now.proxy;
      this.#polls.start();
      this.#streams.start();
    } else if (now.name === "lost") {
      this.#proxy = undefined;
      this.#polls.lost(now.reason, now.since);
      this.#streams.lost(now.reason, now.since);
    }
  }

  #begin(source: Source, key: string): Followed {
    const followed = { ...this.#ask(source, key), readers: 0 };
    this.#followed.set(key, followed);
    const { value: now } = this.#standing;
    const { live } = followed;
    if (now.name === "lost") live.set(stale(live.value, now.reason, now.since));
    return followed;
  }

  #ask(source: Source, key: string): Pick<Followed, "live" | "end"> {
    if (source.kind === "attribute" || source.kind === "answer") {
      const { periodMs = PERIOD_MS } = source;
      this.#polled.set(key, source);
      return { live: this.#polls.follow(key, periodMs), end: () => this.#polls.drop(key) };
    }
    const { member, args = [] } = source.kind === "model" ? { member: "watch" } : source;
    return { live: this.#streams.follow(key, member, args), end: () => this.#streams.drop(key) };
  }

  async #read(key: string): Promise<unknown> {
    const source = this.#polled.get(key) as Polled;
    const { kind, member } = source;
    const value = this.#members[member];
    // Asked for by name, as a page kept it: the object may be another one by now.
    if ((typeof value === "function") !== (kind === "answer")) {
      throw new TypeError(`it has no ${kind === "answer" ? "method" : "attribute"} "${member}"`);
    }
    return await (typeof value === "function" ? value(...(source.args ?? [])) : value);
  }

  get #members(): Members {
    return this.#proxy as Members;
  }
}

/** Sources with the same key are asked for once; which part of the value is looked at makes no difference. */
function keyOf(source: Source): string {
  if (source.kind === "model") return "model";
  if (source.kind === "attribute") return `attribute ${source.member}`;
  return `${source.kind} ${source.member} ${JSON.stringify(source.args ?? [])}`;
}
