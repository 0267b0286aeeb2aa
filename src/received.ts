import type { Home } from "./homes.ts";
import { type LocateOptions, locateBy } from "./names/client.ts";
import { resolveUri } from "./names/resolve.ts";
import type { Dial } from "./net/socket.ts";
import type { Channel } from "./objects/channel.ts";
import { channelOf } from "./objects/proxy.ts";
import {
  type CallbackPlace,
  type ProxyReference,
  type PyroChannelOptions,
  proxyFromReference,
  referenceTo,
} from "./pyro/index.ts";
import { channelDefaults } from "./settings/defaults.ts";
import type { ClassRegistry } from "./values/classes.ts";

interface Receiving {
  readonly classes: ClassRegistry;
  /** What they send on is as the daemon's own. */
  readonly publish: Home;
  readonly nameServer: LocateOptions | undefined;
  /** How they are called. */
  readonly proxies: PyroChannelOptions | undefined;
  /** Where objects of Python call what is passed on to them. */
  readonly callbackPlace: () => CallbackPlace;
}

/** The proxies that arrived in calls of one daemon. */
export class ReceivedProxies {
  readonly #receiving: Receiving;
  readonly #connected = new Set<Channel>();

  constructor(receiving: Receiving) {
    this.#receiving = receiving;
  }

  /** How many of them have a connection. */
  get connected(): number {
    return this.#connected.size;
  }

  /** An object that callers are led to: functions and objects of theirs are passed on to it. */
  leadTo(uri: string): object {
    const { callbackPlace } = this.#receiving;
    return this.#make(referenceTo(uri), { callbackPlace });
  }

  /** @param dial - Leads to the network of whoever sent it, if that is another one. */
  proxyOf(reference: ProxyReference, dial: Dial | undefined): object {
    return this.#make(reference, dial && { dial });
  }

  #make(reference: ProxyReference, more: PyroChannelOptions | undefined): object {
    const dial = more?.dial;
    const { classes, publish, nameServer, proxies } = this.#receiving;
    const proxy = proxyFromReference(reference, {
      ...channelDefaults(),
      ...proxies,
      classes,
      publish,
      ...more,
      resolve: (uri, signal) => {
        const where = { ...nameServer, signal };
        return resolveUri(uri, dial ? locateBy(dial, where) : where);
      },
    });
    const channel = channelOf(proxy);
    channel.state.subscribe(({ name }) => {
      if (name === "connected") this.#connected.add(channel);
      else if (name !== "connecting") this.#connected.delete(channel);
    });
    return proxy;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#connected].map((channel) => channel.close()));
  }
}
