import {
  type BunsenError,
  type CommunicationError,
  ConnectionClosedError,
  TimeoutError,
} from "../errors.ts";
import type { ByteStream } from "../net/stream.ts";
import { within } from "../net/within.ts";
import {
  type BatchResult,
  type Channel,
  type ConnectionState,
  type Request,
  timeoutOf,
  withDeclaredOneway,
} from "../objects/channel.ts";
import type { Description } from "../objects/description.ts";
import { Observable } from "../objects/observable.ts";
import type { ClassRegistry } from "../values/classes.ts";
import { Conversation } from "./conversation.ts";
import { keepOpen } from "./reconnecting.ts";

/** The way to the objects of one gateway. What it hands out is reached by it, too. */
export interface PageGateway {
  /** The URI of one of them, such as `ws://gateway/lab.thermostat`. */
  uriOf(object: string): string;
  open(object: string, signal: AbortSignal): Promise<ByteStream>;
}

export interface PageChannelOptions {
  readonly timeout: number;
  readonly handshake: unknown;
  readonly classes: ClassRegistry;
  /** Connects again by itself, with what it hands out. */
  readonly reconnect: boolean;
}

/** An object that a gateway leads to. A lost connection is made anew by the next call, at the latest. */
export class PageChannel implements Channel {
  readonly uri: string;
  readonly state: Observable<ConnectionState> = new Observable<ConnectionState>({ name: "idle" });
  description: Description | undefined;
  readonly #gateway: PageGateway;
  readonly #object: string;
  readonly #options: PageChannelOptions;
  #made: Conversation | undefined;
  #making: { readonly made: Promise<Conversation>; readonly abort: AbortController } | undefined;

  constructor(
    gateway: PageGateway,
    object: string,
    options: PageChannelOptions,
    description?: Description,
  ) {
    this.uri = gateway.uriOf(object);
    this.#gateway = gateway;
    this.#object = object;
    this.#options = options;
    this.description = description;
    if (options.reconnect) keepOpen(this);
  }

  async open(): Promise<void> {
    await this.#connected();
  }

  async call(request: Request): Promise<unknown> {
    const sent = withDeclaredOneway(request, this.description);
    const conversation = this.#made ?? (await this.#connectedFor(sent));
    return conversation.call(sent, this.#options.timeout);
  }

  async batch(requests: readonly Request[], oneway: boolean): Promise<readonly BatchResult[]> {
    return (await this.#connected()).batch(requests, oneway, this.#options.timeout);
  }

  async close(): Promise<void> {
    const text = `${this.uri}: closed by this side`;
    const reason = new ConnectionClosedError("ERR_CLOSED", text, { retry: "now" });
    const made = this.#made;
    this.#made = undefined;
    made?.close(reason);
    this.#making?.abort.abort(reason);
    this.#making = undefined;
    this.state.set({ name: "idle" });
  }

  #connected(): Promise<Conversation> {
    if (this.#made) return Promise.resolve(this.#made);
    if (this.#making) return this.#making.made;
    const abort = new AbortController();
    const making = { abort, made: this.#connect(abort.signal) };
    this.#making = making;
    this.state.set({ name: "connecting", address: this.uri });
    making.made.then(
      (made) => {
        if (this.#making !== making) return;
        this.#making = undefined;
        if (made.closedBecause) this.#lost(made.closedBecause);
        else {
          this.#made = made;
          this.state.set({ name: "connected", address: this.uri, peer: "Bunsen" });
        }
      },
      (reason: Error) => {
        if (this.#making !== making) return;
        this.#making = undefined;
        this.#lost(reason);
      },
    );
    return making.made;
  }

  /** For one call, which may have less time than connecting takes. */
  #connectedFor(request: Request): Promise<Conversation> {
    const { signal } = request.options;
    const timeoutMs = timeoutOf(request, 0);
    const late = () => this.#late(timeoutMs);
    return within(this.#connected(), { signal, timeoutMs, late });
  }

  async #connect(signal: AbortSignal): Promise<Conversation> {
    const { timeout: timeoutMs } = this.#options;
    const late = () => this.#late(timeoutMs);
    const ending = new AbortController();
    const ended = AbortSignal.any([signal, ending.signal]);
    try {
      return await within(this.#introduced(ended), { signal, timeoutMs, late });
    } catch (error) {
      ending.abort(error);
      throw error;
    }
  }

  async #introduced(signal: AbortSignal): Promise<Conversation> {
    const stream = await this.#gateway.open(this.#object, signal);
    const made: Conversation = new Conversation(
      stream,
      {
        ...this.#options,
        passed: (object, description) =>
          new PageChannel(this.#gateway, object, this.#options, description),
      },
      (reason) => {
        if (this.#made !== made) return;
        this.#made = undefined;
        this.#lost(reason);
      },
    );
    const giveUp = () => made.close(signal.reason as BunsenError);
    signal.addEventListener("abort", giveUp);
    if (signal.aborted) giveUp();
    this.description = await made.introduce(this.#object);
    signal.removeEventListener("abort", giveUp);
    return made;
  }

  #lost(reason: Error): void {
    this.state.set({ name: "lost", address: this.uri, reason });
  }

  #late(timeoutMs: number): CommunicationError {
    const text = `${this.uri} could not be connected to within ${Math.ceil(timeoutMs)} ms; nothing was sent`;
    return new TimeoutError("ERR_CONNECT_TIMEOUT", text, { retry: "later" });
  }
}
