import { type BunsenError, CommunicationError, ProtocolError } from "../errors.ts";
import type { ByteStream } from "../net/stream.ts";
import type { BatchResult, Request } from "../objects/channel.ts";
import type { Description } from "../objects/description.ts";
import { createProxy } from "../objects/proxy.ts";
import { Callbacks } from "../pyro/callbacks.ts";
import { Callee } from "../pyro/callee.ts";
import { Calls } from "../pyro/calls.ts";
import { ExceptionWrapper } from "../pyro/classes.ts";
import { Connection, DEFAULT_LIMITS } from "../pyro/connection.ts";
import { readWelcome } from "../pyro/handshake.ts";
import { MessageType, type PyroMessage, serializerId } from "../pyro/header.ts";
import { descriptionFromMetadata } from "../pyro/metadata.ts";
import { defaultHost } from "../pyro/serving-options.ts";
import { type ClassHooks, serializerNamed } from "../serializers/index.ts";
import { PLAIN_HOOKS } from "../serializers/plain-hooks.ts";
import type { ClassRegistry } from "../values/classes.ts";
import { exceptionFromWire, exceptionToWire } from "../values/exceptions.ts";
import type { ClassDict } from "../values/types.ts";
import type { PageChannel } from "./channel.ts";

export interface ConversationOptions {
  readonly handshake: unknown;
  readonly classes: ClassRegistry;
  /** The channel of an object that the gateway told of. */
  readonly passed: (object: string, description: Description) => PageChannel;
}

/** How a gateway tells of an object that it leads to. */
const BY_GATEWAY = /^PYRO:(.+)@<<gateway>>:0$/;

/** One connection to a gateway, for one object. Both sides are Bunsen: there is nothing to find out. */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #connection: Connection;
  readonly #calls: Calls;
  readonly #callbacks: Callbacks;
  readonly #hooks: ClassHooks;
  readonly #welcome = Promise.withResolvers<PyroMessage>();
  #callee: Callee | undefined;

  constructor(
    stream: ByteStream,
    options: ConversationOptions,
    lost: (reason: BunsenError) => void,
  ) {
    this.#options = options;
    // Nobody may wait for it.
    this.#welcome.promise.catch(() => {});
    this.#connection = new Connection(stream, DEFAULT_LIMITS, {
      message: (message) => this.#receive(message),
      writable: () => this.#callbacks.writable(),
      refused() {},
      closed: (reason) => {
        this.#welcome.reject(reason);
        this.#calls.failAll(reason);
        this.#callbacks.closed(reason);
        lost(reason);
      },
    });
    this.#calls = new Calls(this.#connection, {
      retire() {},
      finished() {},
      callDaemon: () => Promise.reject(new ProtocolError("ERR_STREAM", "a gateway pushes streams")),
    });
    this.#callbacks = new Callbacks(this.#connection, this.#calls, DEFAULT_LIMITS, defaultHost);
    this.#hooks = this.#classes();
  }

  get closedBecause(): BunsenError | undefined {
    return this.#connection.closedBecause;
  }

  /** Says for which object this is, and learns what it offers. */
  async introduce(object: string): Promise<Description> {
    const { handshake } = this.#options;
    const plain = serializerNamed("msgpack");
    const head = { generation: 5, type: MessageType.Connect, flags: 0, seq: 0 } as const;
    this.#connection.send(
      { ...head, serializerId: serializerId(5, "msgpack"), bunsen: true },
      (out) => plain.encode({ handshake, object }, out, PLAIN_HOOKS),
    );
    const { type, payload } = await this.#welcome.promise;
    const answer = type === MessageType.ConnectOk ? plain.decode(payload, this.#hooks) : undefined;
    if (answer === undefined) throw this.#refused(payload);
    const welcome = readWelcome(answer, true);
    this.#callbacks.open(welcome.handshake, "msgpack", this.#hooks);
    this.#callee = new Callee(object, { generation: 5, bunsen: true }, "msgpack", this.#hooks);
    return welcome.description;
  }

  call(request: Request, timeoutMs: number): Promise<unknown> {
    return this.#calls.call(this.#callee as Callee, request, timeoutMs);
  }

  batch(
    requests: readonly Request[],
    oneway: boolean,
    timeoutMs: number,
  ): Promise<readonly BatchResult[]> {
    return this.#calls.batch(this.#callee as Callee, requests, oneway, timeoutMs);
  }

  close(reason: BunsenError): void {
    this.#connection.close(reason);
  }

  #receive(message: PyroMessage): void {
    if (this.#callee === undefined) this.#welcome.resolve(message);
    else if (message.type === MessageType.Result) this.#calls.receive(message);
    else this.#callbacks.receive(message);
  }

  #refused(payload: Uint8Array): CommunicationError {
    let words = "(the reason cannot be read)";
    try {
      words = String(serializerNamed("msgpack").decode(payload, PLAIN_HOOKS));
    } catch {}
    const text = `connection to ${this.#connection.peer} rejected: ${words}`;
    const error = new CommunicationError("ERR_HANDSHAKE_REFUSED", text, { retry: "later" });
    this.#connection.close(error);
    return error;
  }

  #classes(): ClassHooks {
    const { classes } = this.#options;
    const { lending } = this.#callbacks;
    return {
      toWire(value) {
        const known = classes.toWire(value);
        if (known !== undefined) return known;
        if (value instanceof Error) {
          return exceptionToWire(value, { errorsModule: "Pyro5.errors", bunsen: true });
        }
        // What cannot be sent is told in the words of those who send nothing of the kind.
        return lending.toWire(value) ?? PLAIN_HOOKS.toWire(value);
      },
      fromWire: (record) =>
        classes.fromWire(record) ??
        exceptionFromWire(record) ??
        this.#passed(record) ??
        lending.fromWire(record) ??
        record,
    };
  }

  #passed(record: ClassDict): unknown {
    if (record.__class__ === "Pyro5.core._ExceptionWrapper") {
      return new ExceptionWrapper(record["exception"]);
    }
    if (record.__class__ !== "Pyro5.client.Proxy") return undefined;
    const [uri, oneway, methods, attrs] = record["state"] as unknown[];
    const [, object] = BY_GATEWAY.exec(String(uri)) ?? [];
    if (object === undefined) return undefined;
    const description = descriptionFromMetadata({ oneway, methods, attrs });
    return createProxy(this.#options.passed(object, description));
  }
}
