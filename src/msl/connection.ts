import { ByteWriter } from "../bytes/writer.ts";
import {
  type BunsenError,
  ConnectionClosedError,
  ProtocolError,
  SecurityError,
  TimeoutError,
} from "../errors.ts";
import { Deadline, deadlines } from "../net/deadlines.ts";
import type { ByteStream } from "../net/stream.ts";
import { MslDecoder } from "./decoder.ts";
import { encodeMessage } from "./encoder.ts";
import {
  DISCONNECT,
  type MslMessage,
  type ReceivedMessage,
  type RequestMessage,
} from "./messages.ts";

/** What a manager is told of who connects: the answer to its question for an identity. */
export type Identity = Readonly<Record<string, unknown>> & {
  readonly type: "client" | "service";
  readonly name: string;
};

/** Answers a manager's question for a user name or a password, also later, for an admin request. */
export type AnswerQuestion = (question: RequestMessage) => string;

export interface ConnectionOptions {
  readonly identity: Identity;
  readonly answer: AnswerQuestion;
  readonly timeoutMs: number;
  readonly maxMessageBytes: number;
}

export interface ConnectionEvents {
  message(message: ReceivedMessage): void;
  /** The manager has taken what was pending. */
  drain?(): void;
  /** Called once, and last. */
  closed(reason: BunsenError): void;
}

type State =
  /** The manager asks who we are. */
  | {
      readonly name: "greeting";
      readonly deadline: Deadline;
      readonly settle: (error?: Error) => void;
    }
  | { readonly name: "open" }
  | { readonly name: "closed"; readonly reason: BunsenError };

/** One connection to a manager, of a client or a service. */
export class ManagerConnection {
  /** Where the manager is. */
  readonly peer: string;
  /** What the manager calls itself, such as `Manager[labpc:1875]`, once it has asked something. */
  managerName = "";
  readonly #stream: ByteStream;
  readonly #options: ConnectionOptions;
  readonly #events: ConnectionEvents;
  readonly #decoder: MslDecoder;
  /** Settles when the connection is gone, after what was pending was sent. */
  readonly gone: Promise<void>;
  #state: State;

  private constructor(
    stream: ByteStream,
    options: ConnectionOptions,
    events: ConnectionEvents,
    settle: (error?: Error) => void,
  ) {
    this.peer = stream.remoteAddress;
    this.#stream = stream;
    this.#options = options;
    this.#events = events;
    this.#decoder = new MslDecoder({ maxMessageBytes: options.maxMessageBytes });
    const deadline = new Deadline(() => this.abort(this.#silence()));
    if (options.timeoutMs > 0) deadlines.add(deadline, options.timeoutMs);
    this.#state = { name: "greeting", deadline, settle };
    this.gone = new Promise((resolve) => {
      stream.start({
        data: (chunk) => this.#receive(chunk),
        drain: () => events.drain?.(),
        closed: (error) => {
          this.#enterClosed(this.#lossReason(error));
          resolve();
        },
      });
    });
  }

  /**
   * Answers the manager's questions up to the one for the identity. That the identity was accepted is said by no
   * message: the answer to a first request proves it.
   * @throws SecurityError `ERR_LOGIN` with the manager's words; TimeoutError `ERR_HANDSHAKE_TIMEOUT`;
   *   ConnectionClosedError.
   */
  static async greet(
    stream: ByteStream,
    options: ConnectionOptions,
    events: ConnectionEvents,
  ): Promise<ManagerConnection> {
    let connection: ManagerConnection | undefined;
    await new Promise<void>((resolve, reject) => {
      const settle = (error?: Error) => (error ? reject(error) : resolve());
      connection = new ManagerConnection(stream, options, events, settle);
    });
    return connection as ManagerConnection;
  }

  get closedBecause(): BunsenError | undefined {
    return this.#state.name === "closed" ? this.#state.reason : undefined;
  }

  /**
   * Sends a message; on a closed connection, nothing.
   * @throws SerializeError for a value with no mapping; then nothing was sent.
   */
  send(message: MslMessage): void {
    const out = new ByteWriter();
    encodeMessage(out, message);
    if (this.#state.name === "closed") return;
    this.#stream.write(out.take(), () => {});
  }

  /** Bytes that the manager has not taken yet. */
  get pendingBytes(): number {
    return this.#stream.pendingBytes;
  }

  /** Stops or goes on reading: what the manager sends meanwhile stays with it. */
  hold(held: boolean): void {
    if (held) this.#stream.pause();
    else this.#stream.resume();
  }

  /** Takes leave of the manager, which then forgets this side, and closes. */
  close(reason: BunsenError): void {
    if (this.#state.name === "open") {
      const { name } = this.#options.identity;
      this.send({
        kind: "request",
        service: name,
        attribute: DISCONNECT,
        args: [],
        kwargs: {},
        uid: "",
      });
    }
    this.#enterClosed(reason);
    this.#stream.end();
  }

  /** Closes at once. */
  abort(reason: BunsenError): void {
    this.#enterClosed(reason);
    this.#stream.destroy();
  }

  /** The only way into `closed`. */
  #enterClosed(reason: BunsenError): void {
    const state = this.#state;
    if (state.name === "closed") return;
    this.#state = { name: "closed", reason };
    if (state.name === "greeting") {
      deadlines.remove(state.deadline);
      state.settle(reason);
    }
    this.#events.closed(reason);
  }

  #receive(chunk: Uint8Array): void {
    for (const message of this.#decoder.push(chunk)) {
      if (this.#state.name === "closed") return;
      this.#handle(message);
    }
    if (this.#decoder.refused) this.abort(this.#decoder.refused);
  }

  #handle(message: ReceivedMessage): void {
    const greeting = this.#state.name === "greeting" ? this.#state : undefined;
    if (message.kind === "malformed" && greeting) {
      // A manager that speaks TLS, or something else altogether.
      this.abort(notMsl(this.peer, message.reason));
      return;
    }
    const isQuestion = message.kind === "request" && message.service === undefined;
    if (greeting && message.kind === "error") {
      this.abort(refused(this.peer, message.message));
    } else if (isQuestion && QUESTIONS.includes(message.attribute)) {
      this.#answer(message, greeting);
    } else {
      this.#events.message(message);
    }
  }

  #answer(question: RequestMessage, greeting: (State & { name: "greeting" }) | undefined): void {
    this.managerName = question.requester ?? "";
    const asked = question.attribute === "identity";
    try {
      const result = asked ? this.#options.identity : this.#options.answer(question);
      const { requester = null, uid } = question;
      this.send({ kind: "result", result, requester, uid });
    } catch (error) {
      this.abort(error as BunsenError);
      return;
    }
    if (!asked || !greeting) return;
    deadlines.remove(greeting.deadline);
    this.#state = { name: "open" };
    greeting.settle();
  }

  #silence(): TimeoutError {
    return new TimeoutError(
      "ERR_HANDSHAKE_TIMEOUT",
      `${this.peer}: the manager asked nothing within ${this.#options.timeoutMs} ms; does it run with TLS, which is off here?`,
      { retry: "later" },
    );
  }

  #lossReason(error: Error | undefined): BunsenError {
    const why = error ? `the connection was lost: ${error.message}` : "closed by the manager";
    return new ConnectionClosedError("ERR_CONNECTION_LOST", `${this.peer}: ${why}`, {
      retry: "unknown",
      ...(error && { cause: error }),
    });
  }
}

const QUESTIONS = ["identity", "username", "password"];

function refused(peer: string, words: string): SecurityError {
  return new SecurityError(
    "ERR_LOGIN",
    `${peer}: the manager refused: ${words}; ${adviceFor(words)}`,
  );
}

function adviceFor(words: string): string {
  if (/Wrong Manager password/.test(words)) return "check managerPassword";
  if (/Wrong login password|Unregistered user/.test(words)) return "check user and password";
  if (/not a trusted hostname/.test(words)) {
    return 'add this host there: "bunsen manager hostnames add", or "msl-network hostname add"';
  }
  return "its log may tell more";
}

function notMsl(peer: string, reason: string): ProtocolError {
  return new ProtocolError(
    "ERR_NOT_MSL",
    `${peer}: what answers there is no MSL-Network manager without TLS (${reason}); leave tls out if it has TLS`,
  );
}
