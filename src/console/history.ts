import { Observable } from "../objects/observable.ts";
import type { Act } from "./snippets/act.ts";

/** How an act went. */
export type Outcome =
  | { readonly name: "running" }
  /** `summary` is the value on one line. */
  | { readonly name: "value"; readonly summary: string; readonly ms: number }
  | { readonly name: "error"; readonly summary: string; readonly ms: number }
  /** By the person. */
  | { readonly name: "stopped"; readonly summary: string; readonly ms: number };

/** One act of this session. */
export interface Past {
  readonly id: number;
  readonly act: Act;
  readonly at: Date;
  readonly outcome: Outcome;
}

/** More are more than anybody looks through. */
const MOST_ACTS = 50;
/** Of arguments, such as files: the page is to stay small however long it is open. */
const MOST_BYTES = 16 * 1024 * 1024;

/** What was done with one object, newest first. Results are not kept: they may be large, and get old. */
export class History {
  readonly acts: Observable<readonly Past[]> = new Observable<readonly Past[]>([]);
  #lastId = 0;

  /** Notes that an act begins; what is returned tells how it went. */
  begin(act: Act, at: Date = new Date()): (outcome: Outcome) => void {
    this.#lastId += 1;
    const id = this.#lastId;
    const past: Past = { id, act, at, outcome: { name: "running" } };
    this.acts.set(bounded([past, ...this.acts.value]));
    return (outcome) => {
      this.acts.set(this.acts.value.map((one) => (one.id === id ? { ...one, outcome } : one)));
    };
  }

  clear(): void {
    this.acts.set(this.acts.value.filter(({ outcome }) => outcome.name === "running"));
  }
}

/** The newest, as many as there is room for; the newest of all in any case. */
function bounded(acts: readonly Past[]): readonly Past[] {
  let bytes = 0;
  const end = acts.findIndex(({ act }, i) => {
    bytes += weightOf(act);
    return i > 0 && (i >= MOST_ACTS || bytes > MOST_BYTES);
  });
  return end < 0 ? acts : acts.slice(0, end);
}

/** About how many bytes the arguments take. */
function weightOf({ args, kwargs }: Act): number {
  const weigh = (value: unknown): number => {
    if (typeof value === "string") return 2 * value.length;
    if (typeof value !== "object" || value === null) return 8;
    if (ArrayBuffer.isView(value)) return value.byteLength;
    const items = Symbol.iterator in value ? (value as Iterable<unknown>) : Object.values(value);
    let sum = 16;
    for (const item of items) sum += weigh(item);
    return sum;
  };
  return weigh(args) + weigh(kwargs);
}

/** The histories of all objects of this session. */
export class Histories {
  readonly #byObject = new Map<string, History>();

  of(object: string): History {
    let history = this.#byObject.get(object);
    if (history === undefined) {
      history = new History();
      this.#byObject.set(object, history);
    }
    return history;
  }
}
