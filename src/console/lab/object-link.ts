import { connect } from "../../browser/connect.ts";
import type { Description } from "../../objects/description.ts";
import { Observable } from "../../objects/observable.ts";
import { channelOf, connectionState, describe } from "../../objects/proxy.ts";
import type { Remote } from "../../objects/remote.ts";
import type { GatewayConnection } from "./connection.ts";

/** An object of which nothing is known but what it says of itself. */
export type AnyRemote = Remote<Record<string, (...args: unknown[]) => unknown>>;

/** How the page stands with one object. What was known before it was lost is kept: shown, and not believed. */
export type ObjectState =
  | { readonly name: "connecting" }
  | { readonly name: "connected"; readonly proxy: AnyRemote; readonly description: Description }
  | {
      readonly name: "lost";
      /** Milliseconds since 1970. */
      readonly since: number;
      readonly reason: string;
      readonly proxy?: AnyRemote;
      readonly description?: Description;
    };

const FIRST_MS = 500;
const MOST_MS = 10_000;

/** One object, connected to until it is closed; whoever waits for it is told how that stands. */
export class ObjectLink {
  readonly object: string;
  readonly state: Observable<ObjectState> = new Observable<ObjectState>({ name: "connecting" });
  readonly #gateway: GatewayConnection;
  readonly #unsubscribe: (() => void)[] = [];
  #proxy: AnyRemote | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #delay = FIRST_MS;
  #closed = false;

  constructor(gateway: GatewayConnection, object: string) {
    this.#gateway = gateway;
    this.object = object;
    this.#unsubscribe.push(
      gateway.state.subscribe(() => this.#follow()),
      gateway.givenUp.subscribe(() => void this.#reopen()),
    );
    void this.#open();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    void this.#proxy?.[Symbol.asyncDispose]();
  }

  async #open(): Promise<void> {
    try {
      const proxy: AnyRemote = await connect(...this.#gateway.wayTo(this.object));
      if (this.#closed) return void proxy[Symbol.asyncDispose]();
      this.#proxy = proxy;
      this.#unsubscribe.push(connectionState(proxy).subscribe(() => this.#follow()));
      this.#follow();
    } catch (error) {
      if (this.#closed) return;
      const { reason } = await this.#gateway.whyNot(this.object, error);
      this.#lost(reason);
      if (this.#closed) return;
      this.#timer = setTimeout(() => void this.#open(), this.#delay);
      this.#delay = Math.min(this.#delay * 2, MOST_MS);
    }
  }

  /** A connection that a network forgot says nothing of it: whoever waits for an answer by it waits in vain. */
  async #reopen(): Promise<void> {
    if (this.#proxy === undefined) return;
    const channel = channelOf(this.#proxy);
    await channel.close();
    // A failure shows as the state, and the channel goes on trying.
    await channel.open().catch(() => {});
  }

  /** Without its gateway an object is lost, whatever its own connection says. */
  #follow(): void {
    const gateway = this.#gateway.state.value;
    if (gateway.name === "lost") {
      this.#lost(gateway.reason, gateway.since);
      return;
    }
    const proxy = this.#proxy;
    if (proxy === undefined) return;
    const own = connectionState(proxy).value;
    if (own.name === "connected") {
      this.state.set({ name: "connected", proxy, description: describe(proxy) });
    } else this.#lost("the connection was lost");
  }

  #lost(reason: string, at: number = Date.now()): void {
    const { value } = this.state;
    const since = value.name === "lost" ? value.since : at;
    const proxy = this.#proxy;
    const known = proxy && { proxy, description: describe(proxy) };
    this.state.set({ name: "lost", since, reason, ...known });
  }
}
