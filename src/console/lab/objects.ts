import type { GatewayConnection } from "./connection.ts";
import { type AnyRemote, ObjectLink } from "./object-link.ts";

/** A page that goes from one object to another and back finds it as it left it. */
const LINGER_MS = 10_000;

interface Held {
  readonly link: ObjectLink;
  holders: number;
  leaving: ReturnType<typeof setTimeout> | undefined;
}

/** The objects that the page is connected to, one connection for all who hold one. */
export class LinkedObjects {
  readonly #gateway: GatewayConnection;
  readonly #held = new Map<string, Held>();

  constructor(gateway: GatewayConnection) {
    this.#gateway = gateway;
  }

  /** Connects to an object, if nobody else did. Whoever holds it lets it go, once. */
  hold(object: string): { readonly link: ObjectLink; release(): void } {
    const made = () => ({
      link: new ObjectLink(this.#gateway, object),
      holders: 0,
      leaving: undefined,
    });
    const held: Held = this.#held.get(object) ?? made();
    this.#held.set(object, held);
    held.holders += 1;
    clearTimeout(held.leaving);
    const release = () => {
      held.holders -= 1;
      if (held.holders > 0) return;
      held.leaving = setTimeout(() => {
        this.#held.delete(object);
        held.link.close();
      }, LINGER_MS);
    };
    return { link: held.link, release };
  }

  /** The proxy of an object that is held from now on, once it is connected. It connects again by itself. */
  proxyOf(object: string): Promise<AnyRemote> {
    const { link } = this.hold(object);
    const { promise, resolve } = Promise.withResolvers<AnyRemote>();
    const look = () => {
      const { value } = link.state;
      if (value.name !== "connected") return;
      unsubscribe();
      resolve(value.proxy);
    };
    const unsubscribe = link.state.subscribe(look);
    look();
    return promise;
  }
}
