import { type BunsenError, DaemonError, ProtocolError } from "../../errors.ts";
import type { Session } from "../../objects/session.ts";
import type { Calls } from "../../pyro/calls.ts";
import type { Connection, ConnectionLimits } from "../../pyro/connection.ts";
import { Flag, MessageType, type PyroMessage } from "../../pyro/header.ts";
import { givesBack, Lending } from "../../pyro/lending.ts";
import { callFromWire } from "../../pyro/payload.ts";
import { readControl } from "../../pyro/pushed-stream.ts";
import { type ClassHooks, type SerializerName, serializerNamed } from "../../serializers/index.ts";
import { PLAIN_HOOKS } from "../../serializers/plain-hooks.ts";
import { asError } from "../../values/exceptions.ts";
import type { LentEntry } from "./entry.ts";

/** Calls of what a page lent to the daemon: functions, one answer each. There are no hooks, and no streams this way. */
export class Callbacks {
  readonly lending: Lending;
  readonly #connection: Connection;
  /** Of a session, what lending needs. */
  readonly #session: Pick<Session, "loans"> = { loans: undefined };
  /** Calls whose caller still waits. */
  readonly #running = new Set<number>();
  #hooks: ClassHooks = PLAIN_HOOKS;

  constructor(connection: Connection, calls: Calls, { maxCallbacks }: ConnectionLimits) {
    this.#connection = connection;
    this.lending = new Lending(connection, calls, this.#session as Session, maxCallbacks);
  }

  open(_handshake: unknown, serializer: SerializerName, hooks: ClassHooks): void {
    this.#hooks = hooks;
    this.lending.speak(serializer, hooks);
  }

  receive(message: PyroMessage): void {
    const { type, flags, payload, seq } = message;
    if (type === MessageType.Invoke) void this.#serve(message);
    else if (type !== MessageType.Ping) {
      const text = `message type ${type} has no place after the handshake`;
      this.#connection.close(new ProtocolError("ERR_UNEXPECTED_MESSAGE", text));
    } else if (!(flags & Flag.ItemStream)) this.#pong(message);
    else if (givesBack(payload)) this.lending.receive(payload);
    else if (readControl(payload) === 0) this.#running.delete(seq);
  }

  writable(): void {}

  closed(reason: BunsenError): void {
    this.#running.clear();
    this.lending.closed(reason);
    this.#session.loans?.clear();
  }

  #pong({ generation, type, seq, serializerId }: PyroMessage): void {
    const head = { generation, type, flags: 0, seq, serializerId, bunsen: true };
    this.#connection.send(head, (out) => out.latin1("pong"));
  }

  async #serve(message: PyroMessage): Promise<void> {
    const { seq, flags } = message;
    this.#running.add(seq);
    try {
      const value = await this.#invoke(message);
      this.#answer(message, 0, value);
    } catch (thrown) {
      const error = asError(thrown);
      if (flags & Flag.Oneway) console.warn("a one-way callback failed", error);
      else this.#answer(message, Flag.Exception, error);
    }
  }

  #invoke({ payload, flags }: PyroMessage): unknown {
    const call = callFromWire(serializerNamed("msgpack", true).decode(payload, this.#hooks));
    if (flags & (Flag.Batch | Flag.KeepSerialized)) {
      throw new ProtocolError("ERR_BAD_CALL", "a page takes single calls of its callbacks");
    }
    const entry = this.#session.loans?.find(call.object) as LentEntry | undefined;
    if (entry) return entry.call(call);
    throw new DaemonError("ERR_CALLBACK_RELEASED", `${call.object} was released; pass it anew`);
  }

  #answer(message: PyroMessage, flags: number, value: unknown): void {
    const { generation, seq, serializerId, correlationId } = message;
    // Who does not wait any more gives nothing back of what the answer would lend.
    const isWaitedFor = this.#running.delete(seq) && !(message.flags & Flag.Oneway);
    if (!isWaitedFor) return;
    const head = { generation, type: MessageType.Result, flags, seq, serializerId };
    this.lending.begin();
    try {
      this.#connection.send({ ...head, correlationId, bunsen: true }, (out) =>
        serializerNamed("msgpack", true).encode(value, out, this.#hooks),
      );
    } catch (error) {
      this.lending.undo();
      // An exception that cannot be sent is told by its text.
      const told = flags ? new Error(asError(value).message) : error;
      this.#running.add(seq);
      if (told !== value) this.#answer(message, Flag.Exception, told);
    }
  }
}
