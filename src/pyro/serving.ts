import {
  type BunsenError,
  ConnectionClosedError,
  DaemonError,
  ProtocolError,
  SecurityError,
  TimeoutError,
} from "../errors.ts";
import { Deadline, deadlines } from "../net/deadlines.ts";
import type { Location } from "../net/location.ts";
import type { ByteStream } from "../net/stream.ts";
import type { Caller } from "../objects/call.ts";
import { Session } from "../objects/session.ts";
import { type ClassHooks, type Serializer, serializerNamed } from "../serializers/index.ts";
import { PLAIN_HOOKS } from "../serializers/plain-hooks.ts";
import { asError } from "../values/exceptions.ts";
import { Answers, type Exchange, type Peer } from "./answering.ts";
import { Calls, type CallsEvents } from "./calls.ts";
import { pyroClasses, referenceTo } from "./classes.ts";
import { Connection } from "./connection.ts";
import { connectAnswer, readConnect } from "./handshake.ts";
import {
  describeSerializer,
  Flag,
  MessageType,
  type PyroMessage,
  type RefusedFrame,
} from "./header.ts";
import { Signing } from "./hmac.ts";
import { IdleWatch } from "./idle-watch.ts";
import { Lending } from "./lending.ts";
import { acceptedSerializer, Requests, sendPong } from "./requests.ts";
import { ServedCall } from "./served-call.ts";
import type { ListeningHost, ServingOptions } from "./serving-options.ts";
import { sendRefusal } from "./turning-away.ts";

type State =
  | { readonly name: "handshake"; readonly deadline: Deadline }
  /** Over a stream that the program itself handed over: a caller may begin with a CONNECT, or with a call, as Pyro's. */
  | { readonly name: "handed over" }
  /** A CONNECT was read, and the daemon's hook is thinking about it. */
  | { readonly name: "judged"; readonly deadline: Deadline | undefined }
  | { readonly name: "open"; readonly requests: Requests; readonly idle: IdleWatch | undefined }
  | { readonly name: "closed" };

/** What a served connection tells, and asks, whoever accepted it. */
export interface ServedEvents {
  /** Whether the program handed the stream over, so that no handshake is needed. */
  readonly handedOver?: boolean;
  closed(): void;
  /** Where its caller can reach this daemon, whose address it knows as `local`. */
  location(local: string | undefined): Location | undefined;
}

/** How the daemon's hook sees a handshake: as a call of no member that an object can have. */
const HANDSHAKE_CALL = { member: "<handshake>", args: [], kwargs: null };

/** The serving end of one connection: the handshake, the requests that follow, and the end. */
export class ServedConnection {
  readonly #connection: Connection;
  readonly #answers: Answers;
  readonly #host: ListeningHost;
  readonly #options: ServingOptions;
  readonly #events: ServedEvents;
  readonly #session = new Session();
  readonly #signing: Signing;
  /** Of what a Bunsen caller lent to this side. */
  #calls: Calls | undefined;
  #lending: Lending | undefined;
  readonly #openedAt = performance.now();
  /** Who calls, and for what; undefined before the handshake. */
  #caller: Caller | undefined;
  #object: string | undefined;
  #state: State;

  constructor(
    stream: ByteStream,
    host: ListeningHost,
    options: ServingOptions,
    events: ServedEvents,
  ) {
    this.#host = host;
    this.#options = options;
    this.#events = events;
    this.#state = events.handedOver ? { name: "handed over" } : this.#awaitHandshake();
    host.counters.connections += 1;
    host.sessions.add(this.#session);
    this.#signing = Signing.serving(options.keys, () => stream.identity !== undefined);
    this.#connection = new Connection(
      stream,
      {
        ...options,
        ...(!events.handedOver && { maxFirstBytes: options.maxHandshakeBytes }),
        signing: this.#signing,
      },
      {
        message: (message) => this.#receive(message),
        writable: () => this.#state.name === "open" && this.#state.requests.writable(),
        refused: (frame) => this.#refuse(frame),
        closed: (reason) => this.#closed(reason),
      },
    );
    this.#answers = new Answers(this.#connection, host, options.maxConcurrentCalls);
  }

  #awaitHandshake(): State {
    const deadline = new Deadline(() => this.#handshakeExpired());
    deadlines.add(deadline, this.#options.handshakeTimeoutMs);
    return { name: "handshake", deadline };
  }

  close(reason: BunsenError): void {
    this.#connection.close(reason);
  }

  #receive(message: PyroMessage): void {
    switch (this.#state.name) {
      case "handshake":
        this.#receiveConnect(message, this.#state.deadline);
        return;
      case "handed over":
        this.#receiveFirst(message);
        return;
      case "open":
        this.#state.idle?.noteActivity();
        if (this.#calls && message.type === MessageType.Result) this.#calls.receive(message);
        else this.#state.requests.receive(message);
        return;
      case "judged":
        this.#connection.close(
          new ProtocolError(
            "ERR_HANDSHAKE",
            `${this.#connection.peer}: sent more before its handshake was answered`,
          ),
        );
    }
  }

  /** @see spec of Pyro, "User supplied connected sockets". */
  #receiveFirst(message: PyroMessage): void {
    if (message.type === MessageType.Ping) {
      // A Bunsen peer looks whom it speaks to before it introduces itself.
      sendPong(this.#connection, message, message.bunsen, this.#host.annotations?.());
    } else if (message.type === MessageType.Invoke) {
      this.#open(this.#peerOf(message, undefined)).receive(message);
    } else this.#receiveConnect(message, undefined);
  }

  #receiveConnect(message: PyroMessage, deadline: Deadline | undefined): void {
    if (message.type !== MessageType.Connect) {
      const reply = `invalid msg type ${message.type} received`;
      const full = message.generation === 5 ? `${reply} (expected: 1)` : reply;
      // Number 0, as Pyro: it answers to a message that it has not accepted.
      this.#refuseUnread({ ...message, seq: 0 }, full);
      return;
    }
    const name = acceptedSerializer(message, this.#options);
    if (name === undefined) {
      const id = describeSerializer(message.generation, message.serializerId);
      this.#refuseUnread(message, `message used serializer that is not accepted: ${id}`);
      return;
    }
    this.#state = { name: "judged", deadline };
    const serializer = serializerNamed(name);
    try {
      this.#judge(message, serializer);
    } catch (error) {
      this.#refuseCaller(message, serializer, asError(error));
    }
  }

  /** Reads who calls and for what, and asks the daemon's hook. */
  #judge(message: PyroMessage, serializer: Serializer): void {
    const hooks = this.#hooksFor(message);
    const connect = serializer.decode(message.payload, hooks);
    const { handshake, object } = readConnect(connect, { needsObject: asksForMetadata(message) });
    const exchange: Exchange = { message, serializer, hooks };
    const peer = this.#peerOf(message, handshake, hooks);
    this.#caller = peer.caller;
    this.#object = object;
    const call = new ServedCall({ ...HANDSHAKE_CALL, object: object ?? "" }, message);
    const answer = this.#host.dispatcher.handshake(call, peer.caller);
    if (answer instanceof Promise) {
      answer
        .then((value) => this.#welcome(exchange, peer, call, value))
        .catch((error) => this.#refuseCaller(message, serializer, asError(error)));
    } else this.#welcome(exchange, peer, call, answer);
  }

  #peerOf(message: PyroMessage, handshake: unknown, hooks = this.#hooksFor(message)): Peer {
    const caller: Caller = {
      dialect: `pyro${message.generation}`,
      address: this.#connection.peer,
      identity: this.#signing.key?.identity ?? this.#connection.identity,
      certificate: this.#connection.certificate,
      handshake,
      session: this.#session,
      proxyOf: (uri) => this.#host.classOptions.proxyOf(referenceTo(uri)),
    };
    return { caller, bunsen: message.bunsen, lending: this.#lending, hooks };
  }

  #hooksFor({ generation, bunsen }: PyroMessage): ClassHooks {
    const lending = bunsen ? this.#lend() : undefined;
    return pyroClasses({
      ...this.#host.classOptions,
      generation,
      lending,
      publish: (target) =>
        this.#host.publish(target, this.#events.location(this.#connection.localHost)),
    });
  }

  #lend(): Lending {
    this.#calls = new Calls(this.#connection, CALLS_OF_BUNSEN);
    const { maxCallbacks } = this.#options;
    this.#lending = new Lending(this.#connection, this.#calls, this.#session, maxCallbacks);
    this.#answers.lending = this.#lending;
    return this.#lending;
  }

  /** Lets the caller in. Not before it was judged is it told whether there is such an object. */
  #welcome(exchange: Exchange, peer: Peer, call: ServedCall, answer: unknown): void {
    if (this.#state.name !== "judged") return;
    const { message } = exchange;
    const value = asksForMetadata(message) ? this.#described(call.object, message, answer) : answer;
    const flags = message.flags & Flag.MetaOnConnect;
    this.#answers.send(exchange, MessageType.ConnectOk, flags, value, call.responseAnnotations);
    if (this.#state.deadline) deadlines.remove(this.#state.deadline);
    this.#open(peer);
  }

  #open(peer: Peer): Requests {
    const requests = new Requests(this.#connection, this.#answers, this.#host, this.#options, peer);
    this.#state = { name: "open", requests, idle: this.#watchIdle() };
    return requests;
  }

  #described(object: string, message: PyroMessage, answer: unknown): unknown {
    const entry = this.#host.dispatcher.registry.get(object);
    if (entry === undefined) throw new DaemonError("ERR_UNKNOWN_OBJECT", "unknown object");
    return connectAnswer(answer, entry.exposure, message, this.#options.maxCallbacks);
  }

  #watchIdle(): IdleWatch | undefined {
    const { idleTimeoutMs } = this.#options;
    if (idleTimeoutMs <= 0) return undefined;
    const isIdle = () =>
      this.#state.name === "open" && !this.#state.requests.busy && !this.#calls?.waiting;
    return new IdleWatch(idleTimeoutMs, isIdle, () => {
      const text = `${this.#connection.peer}: silent for ${idleTimeoutMs} ms`;
      this.#connection.close(new ConnectionClosedError("ERR_IDLE", text));
    });
  }

  #handshakeExpired(): void {
    this.#connection.abort(
      new TimeoutError(
        "ERR_HANDSHAKE_TIMEOUT",
        `${this.#connection.peer}: no handshake was complete within ${this.#options.handshakeTimeoutMs} ms`,
      ),
    );
  }

  /** A refusal before the serializer was looked at is in marshal, whatever the client uses. */
  #refuseUnread(message: PyroMessage, reply: string): void {
    sendRefusal(this.#connection, message, reply);
    this.#connection.close(
      new ProtocolError("ERR_HANDSHAKE", `${this.#connection.peer}: ${reply}`),
    );
  }

  #refuseCaller(message: PyroMessage, serializer: Serializer, error: Error): void {
    const exchange = { message, serializer, hooks: PLAIN_HOOKS };
    this.#answers.send(exchange, MessageType.ConnectFail, 0, error.message);
    this.#connection.close(
      new SecurityError(
        "ERR_HANDSHAKE_REFUSED",
        `${this.#connection.peer}: handshake refused: ${error.message}`,
        { cause: error },
      ),
    );
  }

  /** Bytes that are no message. */
  #refuse(frame: RefusedFrame): void {
    // In mid-conversation Pyro closes without a word; its clients would take an answer for that of another call.
    if (this.#state.name === "handshake") sendRefusal(this.#connection, frame, frame.reply);
  }

  #closed(reason: BunsenError): void {
    const state = this.#state;
    this.#state = { name: "closed" };
    if ("deadline" in state && state.deadline) deadlines.remove(state.deadline);
    if (state.name === "open") {
      state.idle?.stop();
      state.requests.closed();
    }
    this.#calls?.failAll(reason);
    this.#lending?.closed(reason);
    this.#session.close((error) => {
      this.#host.logger.warn(
        { error: asError(error).message },
        "freeing a session's resources failed",
      );
    });
    this.#host.counters.connections -= 1;
    this.#host.sessions.delete(this.#session);
    this.#logEnd(reason, state.name === "open" ? state.requests.served : 0);
    this.#events.closed();
  }

  /** One line a connection: who called, how much was done, and why it ended. */
  #logEnd(reason: BunsenError, calls: number): void {
    const { peer, bytesIn, bytesOut } = this.#connection;
    const expected = reason.code === "ERR_CLOSED_BY_PEER" || reason.code === "ERR_CLOSED";
    const seconds = Math.round(performance.now() - this.#openedAt) / 1000;
    this.#host.logger[expected ? "info" : "warn"](
      {
        peer,
        dialect: this.#caller?.dialect,
        identity: this.#caller?.identity,
        object: this.#object,
        calls,
        seconds,
        code: reason.code,
        bytesIn,
        bytesOut,
      },
      `connection closed: ${reason.message}`,
    );
  }
}

/** A Bunsen peer answers calls as they finish, and pushes its streams. */
const CALLS_OF_BUNSEN: CallsEvents = {
  retire() {},
  finished() {},
  callDaemon() {
    return Promise.reject(new ProtocolError("ERR_STREAM", "a Bunsen peer pushes its streams"));
  },
};

/** Pyro4 with METADATA off names no object, and is told of none. */
function asksForMetadata({ generation, flags }: PyroMessage): boolean {
  return generation === 5 || (flags & Flag.MetaOnConnect) !== 0;
}
