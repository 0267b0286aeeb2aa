import { type Following, LiveObject, type Standings } from "./live-object.ts";
import type { Source } from "./source.ts";

/** The objects that a page is connected to: `LinkedObjects`, as far as it matters here. */
export interface Objects {
  hold(object: string): {
    readonly link: { readonly state: Standings };
    release(): void;
  };
}

interface Held {
  readonly live: LiveObject;
  readonly release: () => void;
}

/** All that a page follows, by object: what is shown at two places is asked for once. */
export class LiveObjects {
  readonly #objects: Objects;
  readonly #held = new Map<string, Held>();

  constructor(objects: Objects) {
    this.#objects = objects;
  }

  /** Follows a source. Its object is connected to for as long as something of it is followed. */
  follow(source: Source): Following {
    const { object } = source;
    const held = this.#held.get(object) ?? this.#hold(object);
    const { live, close } = held.live.follow(source);
    const closeAll = () => {
      close();
      if (!held.live.isIdle || this.#held.get(object) !== held) return;
      this.#held.delete(object);
      held.live.close();
      held.release();
    };
    return { live, close: closeAll };
  }

  #hold(object: string): Held {
    const { link, release } = this.#objects.hold(object);
    const held = { live: new LiveObject(link.state), release };
    this.#held.set(object, held);
    return held;
  }
}
