import {
  type Callback,
  connect,
  expose,
  isProxy,
  MessageTooLargeError,
  type Remote,
  uriOf,
} from "#bunsen";
import { Message } from "./message.ts";
import { MemoryStorage, type Storage } from "./storage.ts";
import type { Incoming, Subscriber } from "./subscriber.ts";

/** What the bus is called in the name server. */
export const MESSAGE_BUS = "Pyro.MessageBus";

/** Takes messages on topics, and passes them on to whoever subscribed. Who sends does not wait for who receives. */
export class MessageBus {
  readonly #storage: Storage;
  /** By URI: one connection for each subscriber, however many topics it wants. */
  readonly #proxies = new Map<string, Callback<Incoming>>();
  /** Topics that messages are being delivered of, in the order they came. */
  readonly #delivering = new Set<string>();
  #total = 0;

  constructor(storage: Storage = new MemoryStorage()) {
    this.#storage = storage;
    for (const topic of storage.topics()) void this.#deliver(topic); // what the bus before this one left
  }

  add_topic(topic: string): void {
    if (typeof topic !== "string") throw new TypeError("topic must be text");
    this.#storage.createTopic(topic);
  }

  remove_topic(topic: string): void {
    const { length: messages } = this.#storage.pending(topic);
    const { length: subscribers } = this.#storage.subscribers(topic);
    if (messages + subscribers > 0) {
      throw new RangeError("topic still has pending messages and/or subscribers");
    }
    this.#storage.removeTopic(topic);
  }

  topics(): Set<string> {
    return new Set(this.#storage.topics());
  }

  send(topic: string, data: unknown): void {
    this.#storage.addMessage(topic, new Message(data));
    this.#total++;
    void this.#deliver(topic);
  }

  /** The same, for who does not want to know whether it arrived. */
  send_no_ack(topic: string, data: unknown): void {
    this.send(topic, data);
  }

  subscribe(topic: string, subscriber: Callback<Incoming>): void {
    if (!isProxy(subscriber)) throw new TypeError("subscriber must be an object to call back");
    this.add_topic(topic);
    const uri = uriOf(subscriber);
    this.#storage.addSubscriber(topic, uri);
    if (!this.#proxies.has(uri)) this.#proxies.set(uri, subscriber);
  }

  unsubscribe(topic: string, subscriber: Callback<Incoming>): void {
    if (isProxy(subscriber)) this.#storage.removeSubscriber(topic, uriOf(subscriber));
  }

  stats(): string {
    const topics = this.#storage.topics();
    const sum = (count: (topic: string) => number) =>
      topics.reduce((total, topic) => total + count(topic), 0);
    const subscribers = sum((topic) => this.#storage.subscribers(topic).length);
    const pending = sum((topic) => this.#storage.pending(topic).length);
    return `${topics.length} topics, ${subscribers} subs, ${pending} pending, ${this.#total} total`;
  }

  /** Passes on what is pending, and what comes meanwhile, in batches. */
  async #deliver(topic: string): Promise<void> {
    if (this.#delivering.has(topic)) return;
    this.#delivering.add(topic);
    try {
      for (;;) {
        const messages = this.#storage.pending(topic);
        if (messages.length === 0) return;
        const subscribers = this.#storage.subscribers(topic);
        await Promise.all(subscribers.map((uri) => this.#tell(uri, topic, messages)));
        this.#storage.removeMessages(topic, messages);
      }
    } finally {
      this.#delivering.delete(topic);
    }
  }

  /** A subscriber that cannot be told is one no more. */
  async #tell(uri: string, topic: string, messages: readonly Message[]): Promise<void> {
    try {
      const known = this.#proxies.get(uri);
      // One that subscribed before the bus was started again.
      const subscriber = known ?? (await connect<Incoming>(uri, { timeout: 20_000 }));
      this.#proxies.set(uri, subscriber);
      await send(subscriber, topic, messages);
    } catch (error) {
      console.log(`dropped ${uri}: ${(error as Error).message}`);
      for (const name of this.#storage.topics()) this.#storage.removeSubscriber(name, uri);
      this.#proxies.delete(uri);
    }
  }
}
expose(MessageBus, {
  add_topic: true,
  remove_topic: true,
  topics: true,
  send: true,
  send_no_ack: { oneway: true },
  subscribe: true,
  unsubscribe: true,
});

async function send(
  subscriber: Callback<Incoming>,
  topic: string,
  messages: readonly Message[],
): Promise<void> {
  try {
    await subscriber.incoming_messages(topic, messages);
  } catch (error) {
    if (!(error instanceof MessageTooLargeError)) throw error;
    for (const message of messages) await subscriber.incoming_message(topic, message);
  }
}

/** The bus as its users see it: a subscriber is an object of their own. */
export interface RemoteMessageBus {
  add_topic(topic: string): void;
  remove_topic(topic: string): void;
  topics(): Set<string>;
  send(topic: string, data: unknown): void;
  send_no_ack(topic: string, data: unknown): void;
  subscribe(topic: string, subscriber: Subscriber): void;
  unsubscribe(topic: string, subscriber: Subscriber): void;
}

/** The bus that the name server knows. When it was started again, the next call finds it. */
export function connectToBus(): Promise<Remote<RemoteMessageBus>> {
  return connect<RemoteMessageBus>(`PYRONAME:${MESSAGE_BUS}`);
}
