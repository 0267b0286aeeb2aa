import { BunsenError, MemberError } from "../errors.ts";
import type { BatchResult, Channel, ConnectionState, Request } from "../objects/channel.ts";
import type { Description } from "../objects/description.ts";
import { Observable } from "../objects/observable.ts";
import { callOneByOne } from "../objects/one-by-one.ts";
import type { MslClient } from "./client.ts";
import { type ServiceIdentity, serviceIdentityFrom } from "./identities.ts";
import { MANAGER, type NotificationMessage } from "./messages.ts";
import { memberFrom } from "./signature.ts";

/** Called with what a service emits. */
export type NotificationHandler = (
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
) => void;

/** What a link tells its client. */
export interface LinkEvents {
  /** It is about to be linked: notifications may come right behind the answer. */
  linking(): void;
  /** The service answered with an error; its caller hears of it after this. */
  error(error: Error): Promise<void>;
  /** Takes leave, and ends what the link alone uses. */
  closed(): Promise<void>;
}

/** A link with one service. It is made again when the connection was lost. */
export class MslChannel implements Channel {
  readonly uri: string;
  readonly service: string;
  readonly client: MslClient;
  readonly state: Observable<ConnectionState> = new Observable<ConnectionState>({ name: "idle" });
  description: Description | undefined;
  /** What the manager tells of the service; undefined before the first link. */
  identity: ServiceIdentity | undefined;
  readonly #handlers = new Set<NotificationHandler>();
  readonly #events: LinkEvents;
  #linked: Promise<void> | undefined;

  constructor(client: MslClient, service: string, uri: string, events: LinkEvents) {
    this.client = client;
    this.service = service;
    this.uri = uri;
    this.#events = events;
  }

  async open(): Promise<void> {
    this.#linked ??= this.#link();
    try {
      await this.#linked;
    } catch (error) {
      this.#linked = undefined;
      throw error;
    }
  }

  async call(request: Request): Promise<unknown> {
    const { member, kind, options } = request;
    if (kind === "set") throw notSettable(this, member);
    if (this.#linked === undefined) await this.open();
    // An attribute is read by calling it.
    const answer = this.#ask(request);
    if (!options.oneway) return await answer;
    // Every request is answered; nobody waits for this one's.
    answer.catch(() => {});
    return undefined;
  }

  async #ask({ member, args, kwargs, options }: Request): Promise<unknown> {
    try {
      return await this.client.request(this.service, member, args, kwargs, options);
    } catch (error) {
      if (error instanceof BunsenError && error.remote) await this.#events.error(error);
      throw error;
    }
  }

  batch(requests: readonly Request[], oneway: boolean): Promise<readonly BatchResult[]> {
    return callOneByOne((request) => this.call(request), requests, oneway);
  }

  /** Ends the link. The next call makes it again. */
  async close(): Promise<void> {
    this.#linked = undefined;
    this.state.set({ name: "idle" });
    await this.#events.closed();
  }

  /** Calls `handler` with what the service emits from now on. Returns a function that takes it back. */
  onNotification(handler: NotificationHandler): () => void {
    const own: NotificationHandler = (args, kwargs) => handler(args, kwargs);
    this.#handlers.add(own);
    return () => this.#handlers.delete(own);
  }

  notify({ service, args, kwargs }: NotificationMessage): void {
    if (service !== this.service) return;
    for (const handler of [...this.#handlers]) {
      try {
        handler(args, kwargs);
      } catch (error) {
        // Of no concern to the connection, nor to other handlers.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** The connection is gone, and the link with it. */
  lost(reason: Error): void {
    if (this.#linked === undefined) return;
    this.#linked = undefined;
    this.state.set({ name: "lost", address: this.uri, reason });
  }

  async #link(): Promise<void> {
    this.state.set({ name: "connecting", address: this.uri });
    this.#events.linking();
    try {
      const identity = await this.client.request(MANAGER, "link", [this.service], null);
      this.identity = serviceIdentityFrom(this.service, identity);
      this.description = descriptionOf(this.identity);
      this.state.set({ name: "connected", address: this.uri, peer: this.identity.language });
    } catch (reason) {
      this.state.set({ name: "lost", address: this.uri, reason: reason as Error });
      throw reason;
    }
  }
}

function descriptionOf({ name, attributes }: ServiceIdentity): Description {
  const members = Object.entries(attributes).map(([member, published]) => {
    return [member, memberFrom(member, published)] as const;
  });
  return { className: name, members: new Map(members) };
}

function notSettable(channel: MslChannel, member: string): MemberError {
  return new MemberError(
    "ERR_READONLY",
    `${channel.uri}: "${member}" cannot be set: MSL-Network has no way to say it; let the service have a method for it`,
  );
}
