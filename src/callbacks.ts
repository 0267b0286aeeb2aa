import { randomUUID } from "node:crypto";
import type { CallbackDaemon } from "./daemon.ts";
import { SerializeError } from "./errors.ts";
import { isTunnelId } from "./net/addresses.ts";
import { formatLocation } from "./net/location.ts";
import { isCallable } from "./objects/entry.ts";
import { addLender, type Lender, removeLender } from "./objects/lenders.ts";
import { type CallbackPlace, NotYet, type ProxyReference } from "./pyro/index.ts";
import type { Via } from "./tunnels/shared.ts";

export interface PassingOptions {
  readonly via: Via | undefined;
  /** The connection is encrypted or signed: what it carries must not be called by any other. */
  readonly secured: boolean;
  /** Makes the daemon. */
  readonly daemon: () => CallbackDaemon;
}

/**
 * Where Python peers call the functions and objects that are passed to them by one proxy: a daemon of its own, made with
 * the first of them, that listens at the address of this machine that the proxy's connection uses. It is closed with
 * the proxy, and does not keep the process alive.
 */
export class OwnCallbackPlace implements CallbackPlace, Lender {
  readonly #options: PassingOptions;
  readonly #passed = new Map<object, string>();
  readonly #places = new Map<string, "open" | Promise<void>>();
  #daemon: CallbackDaemon | undefined;

  constructor(options: PassingOptions) {
    this.#options = options;
  }

  reference(target: object, local = "127.0.0.1"): ProxyReference | undefined {
    if (!isCallable(target)) return undefined;
    if (this.#options.secured) throw unsafe();
    const place = this.#places.get(local);
    if (place !== "open") throw new NotYet(place ?? this.#open(local));
    const daemon = this.#daemon as CallbackDaemon;
    if (!this.#passed.has(target)) {
      const id = `callback-${randomUUID()}`;
      daemon.register(id, target);
      this.#passed.set(target, id);
      addLender(target, this);
    }
    return daemon.reference(target, local);
  }

  takeBack(target: object): void {
    const id = this.#passed.get(target);
    if (id === undefined) return;
    this.#passed.delete(target);
    removeLender(target, this);
    this.#daemon?.unregister(id);
  }

  async close(): Promise<void> {
    for (const target of [...this.#passed.keys()]) this.takeBack(target);
    const daemon = this.#daemon;
    this.#daemon = undefined;
    this.#places.clear();
    await daemon?.close();
  }

  #open(local: string): Promise<void> {
    this.#daemon ??= this.#options.daemon();
    const opening = this.#listen(this.#daemon, local).then(
      () => void this.#places.set(local, "open"),
      (error: unknown) => {
        this.#places.delete(local);
        throw error;
      },
    );
    this.#places.set(local, opening);
    return opening;
  }

  #listen(daemon: CallbackDaemon, local: string): Promise<unknown> {
    const { via } = this.#options;
    if (isTunnelId(local) && via !== undefined) return daemon.listen("pyro://localhost:0", { via });
    return daemon.listen(`pyro://${formatLocation({ kind: "tcp", host: local, port: 0 })}`, {});
  }
}

function unsafe(): SerializeError {
  return new SerializeError(
    "ERR_NOT_SERIALIZABLE",
    "a callback would be called over another connection, in the open; register it on a daemon that listens with tls or hmacKeys, and pass it then",
  );
}
