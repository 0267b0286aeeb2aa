import { EventEmitter, once } from "node:events";
import { expose } from "#bunsen";
import type { Message } from "./message.ts";

/** What the bus calls. */
export interface Incoming {
  incoming_message(topic: string, message: Message): void;
  /** Several at once, of one topic. */
  incoming_messages(topic: string, messages: readonly Message[]): void;
}

/** What is subscribed: it collects messages until somebody consumes them. To be registered with a daemon. */
export abstract class Subscriber implements Incoming {
  readonly #received: { topic: string; message: Message }[] = [];
  readonly #arrival = new EventEmitter();

  incoming_message(topic: string, message: Message): void {
    this.#received.push({ topic, message });
    this.#arrival.emit("message");
  }

  incoming_messages(topic: string, messages: readonly Message[]): void {
    for (const message of messages) this.incoming_message(topic, message);
  }

  /** How many wait to be consumed. */
  get waiting(): number {
    return this.#received.length;
  }

  /** Consumes the oldest message, or the next one that comes. */
  async consumeNext(): Promise<void> {
    while (this.#received.length === 0) await once(this.#arrival, "message");
    const { topic, message } = this.#received.shift() as { topic: string; message: Message };
    this.consumeMessage(topic, message);
  }

  /** Consumes messages as they come, for ever. */
  async consumeAll(): Promise<never> {
    for (;;) await this.consumeNext();
  }

  protected abstract consumeMessage(topic: string, message: Message): void;
}
expose(Subscriber, { incoming_message: true, incoming_messages: true });
