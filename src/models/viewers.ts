import { isIP } from "node:net";
import { BunsenError } from "../errors.ts";
import { isLoopback } from "../net/addresses.ts";
import type { Caller } from "../objects/call.ts";
import { isProxy, uriOf } from "../objects/proxy.ts";
import { PyroUri, parseUri } from "../pyro/index.ts";
import type { Happening } from "./events.ts";
import { type Refreshable, Viewer, type ViewerOptions } from "./viewer.ts";
import type { Who } from "./who.ts";

/** One viewer, as `listViewers` tells it. */
export interface ViewerInfo {
  /** Its URI. */
  readonly viewer: string;
  /** Where the connection came from that registered it. */
  readonly address: string;
  /** UTC, with milliseconds. */
  readonly since: string;
  /** When it was last refreshed; null for one that never was. */
  readonly lastRefresh: string | null;
  /** Refreshes that failed, in a row. */
  readonly failures: number;
}

/** Whom a change was told. */
export interface Delivery {
  readonly version: number;
  /** Viewers that were told; those whose own `refresh` then failed count, too. */
  readonly told: number;
  /** Viewers that were removed instead. */
  readonly lost: number;
}

export interface ViewersOptions extends ViewerOptions {
  /** More that register are refused. Default 256. */
  readonly maxViewers: number;
}

export const DEFAULT_VIEWERS: ViewersOptions = {
  refreshMs: 5_000,
  retryMs: 1_000,
  pingMs: 30_000,
  maxFailures: 3,
  maxViewers: 256,
};

/** The proxy of a viewer that `caller` has named by its URI. */
type ProxyOf = (uri: string, caller: Caller | undefined) => Refreshable;

interface Listed {
  readonly viewer: Viewer;
  readonly who: Who;
}

/** Those that are told when the state has changed. */
export class Viewers {
  readonly #options: ViewersOptions;
  readonly #proxyOf: ProxyOf;
  readonly #report: (happening: Happening) => void;
  readonly #listed = new Map<string, Listed>();

  /** @param proxyOf - The proxy of a viewer that was given as text. */
  constructor(options: ViewersOptions, proxyOf: ProxyOf, report: (happening: Happening) => void) {
    this.#options = options;
    this.#proxyOf = proxyOf;
    this.#report = report;
  }

  /** Nothing is sent to it before the next change. One that is listed already stays as it is. */
  add(given: unknown, version: number, who: Who, caller: Caller | undefined): void {
    const uri = uriIn(given);
    if (this.#listed.has(uri)) return;
    if (this.#listed.size >= this.#options.maxViewers) {
      throw new BunsenError(
        "ERR_MODEL_FULL",
        `${this.#listed.size} viewers are registered already (maxViewers); try again later`,
        { retry: "later" },
      );
    }
    const target = isProxy(given) ? (given as Refreshable) : this.#proxyOf(uri, caller);
    const other = caller && seenFromOutside(uri, caller.address);
    const elsewhere = other
      ? { uri: other, target: () => this.#proxyOf(other, caller) }
      : undefined;
    const place = { uri, target, elsewhere };
    const viewer: Viewer = new Viewer(place, version, this.#options, {
      report: this.#report,
      ended: (reason) => {
        unlisten?.();
        this.#listed.delete(uri);
        this.#report({ event: "viewer-removed", viewer: uri, reason });
      },
    });
    this.#listed.set(uri, { viewer, who });
    this.#report({ event: "viewer-added", viewer: uri, who });
    // Who registered it is gone: the viewer may be, too, and is asked.
    const unlisten = caller?.session.onClose(() => viewer.check());
  }

  /** One that is not listed is no error. */
  remove(given: unknown, reason: string): void {
    this.#listed.get(uriIn(given))?.viewer.end(reason);
  }

  list(): ViewerInfo[] {
    return [...this.#listed.values()].map(({ viewer, who }) => ({
      viewer: viewer.uri,
      address: who.address,
      since: viewer.since,
      lastRefresh: viewer.lastRefresh ?? null,
      failures: viewer.failures,
    }));
  }

  tell(version: number): void {
    for (const { viewer } of this.#listed.values()) viewer.tell(version);
  }

  /** Waits until every viewer was told of `version`, or is gone. */
  async told(version: number): Promise<Delivery> {
    const all = [...this.#listed.values()].map(({ viewer }) => viewer.toldOf(version));
    const outcomes = await Promise.all(all);
    const told = outcomes.filter((was) => was).length;
    return { version, told, lost: outcomes.length - told };
  }

  close(reason: string): void {
    for (const { viewer } of [...this.#listed.values()]) viewer.end(reason);
  }
}

/**
 * Where a viewer may be that gave a loopback address, and came from another machine: as it is with Pyro, whose daemons
 * are at localhost unless told otherwise.
 * @param from - The address that its connection came from.
 */
function seenFromOutside(uri: string, from: string): string | undefined {
  if (!uri.startsWith("PYRO:")) return undefined;
  const { protocol, object, location } = parseUri(uri);
  if (location.kind !== "tcp" || !isLoopback(location.host)) return undefined;
  const host = /^\[?(.*?)\]?:\d+$/.exec(from)?.[1];
  if (host === undefined || isIP(host) === 0 || isLoopback(host)) return undefined;
  return new PyroUri({ protocol, object, location: { ...location, host } }).toString();
}

/** The URI of a viewer, given as a proxy, a URI, or its text. */
function uriIn(given: unknown): string {
  if (isProxy(given)) return uriOf(given as object);
  const text = given instanceof PyroUri ? `${given}` : given;
  if (typeof text === "string" && /^PYRO(NAME|META)?:\S/.test(text)) return text;
  throw new BunsenError(
    "ERR_BAD_VIEWER",
    `Expected a viewer as a proxy or its URI, got ${typeof given === "string" ? JSON.stringify(given) : "something else"}`,
  );
}
