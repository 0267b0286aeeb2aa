import { type Following, LiveObject } from "./live-object.ts";
import type { Source } from "./source.ts";

/** All that a page follows, by object: what is shown at two places is asked for once. */
export class LiveObjects {
  readonly #connect: (object: string) => Promise<object>;
  readonly #objects = new Map<string, LiveObject>();

  /** @param connect - Gives the proxy of a name, connected. */
  constructor(connect: (object: string) => Promise<object>) {
    this.#connect = connect;
  }

  follow(source: Source): Following {
    const { object } = source;
    const known = this.#objects.get(object);
    const made = known ?? new LiveObject(() => this.#connect(object));
    this.#objects.set(object, made);
    return made.follow(source);
  }
}
