import { randomUUID } from "node:crypto";
import { type BunsenError, DaemonError, ProtocolError } from "../errors.ts";
import type { ManagerConnection } from "./connection.ts";
import {
  type ErrorMessage,
  MANAGER,
  type MalformedLine,
  NOTIFICATION_UID,
  type NotificationMessage,
  type ReceivedMessage,
} from "./messages.ts";
import { errorFromMessage } from "./python-error.ts";

/** Ends the manager, which does not answer it. */
export const SHUTDOWN_MANAGER = "shutdown_manager";

interface PendingRequest {
  readonly service: string;
  readonly attribute: string;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

/** One connection and the requests that are under way on it. */
export class Conversation {
  readonly connection: ManagerConnection;
  readonly #pending: Pending;
  readonly #prefix = randomUUID();
  #count = 0;

  constructor(connection: ManagerConnection, pending: Pending) {
    this.connection = connection;
    this.#pending = pending;
  }

  /** @throws SerializeError; then nothing was sent. */
  ask(
    service: string,
    attribute: string,
    args: readonly unknown[],
    kwargs: Readonly<Record<string, unknown>> | null,
  ): [answer: Promise<unknown>, uid: string] {
    if (this.connection.closedBecause) throw this.connection.closedBecause;
    const uid = `${this.#prefix}-${++this.#count}`;
    this.connection.send({
      kind: "request",
      service,
      attribute,
      args,
      kwargs: kwargs ?? {},
      uid,
    });
    return [this.#pending.open(uid, service, attribute), uid];
  }

  forget(uid: string): void {
    this.#pending.forget(uid);
  }
}

/** Requests that wait for their answers, oldest first. */
export class Pending {
  readonly #requests = new Map<string, PendingRequest>();
  readonly #onNotification: (notification: NotificationMessage) => void;

  constructor(onNotification: (notification: NotificationMessage) => void) {
    this.#onNotification = onNotification;
  }

  open(uid: string, service: string, attribute: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#requests.set(uid, { service, attribute, resolve, reject });
    });
  }

  forget(uid: string): void {
    this.#requests.delete(uid);
  }

  receive(message: ReceivedMessage): void {
    switch (message.kind) {
      case "notification":
        this.#onNotification(message);
        return;
      case "result":
        this.#take(message.uid)?.resolve(message.result);
        return;
      case "error":
        this.#fail(message);
        return;
      case "malformed":
        this.#unreadable(message);
    }
  }

  closed(reason: BunsenError): void {
    for (const request of this.#requests.values()) {
      // The manager ends without an answer: that is the answer.
      if (request.attribute === SHUTDOWN_MANAGER && request.service === MANAGER) {
        request.resolve(undefined);
      } else request.reject(reason);
    }
    this.#requests.clear();
  }

  /** Without an id it may have been any answer, so nobody is left waiting for one. */
  #unreadable({ reason, uid }: MalformedLine): void {
    if (uid === NOTIFICATION_UID) return;
    const known = typeof uid === "string" && this.#requests.has(uid) ? [uid] : undefined;
    if (uid !== undefined && known === undefined) return;
    for (const waiting of known ?? [...this.#requests.keys()]) {
      const request = this.#requests.get(waiting);
      this.#requests.delete(waiting);
      request?.reject(unreadable(request, reason, known !== undefined));
    }
  }

  #fail(message: ErrorMessage): void {
    const gone = GONE.exec(message.message)?.[1];
    if (gone !== undefined && message.uid === "") {
      // Python's manager does not say which request it is about; none to that service will have an answer.
      for (const [uid, { service, reject }] of this.#requests) {
        if (service !== gone) continue;
        this.#requests.delete(uid);
        reject(serviceGone(gone, message));
      }
      return;
    }
    const request = this.#take(message.uid);
    if (request === undefined) return;
    request.reject(gone === undefined ? errorFromMessage(message) : serviceGone(gone, message));
  }

  /** Answers without an id are about requests to the manager, which answers in order. */
  #take(uid: unknown): PendingRequest | undefined {
    const found = uid === "" ? this.#oldestToManager() : String(uid);
    if (found === undefined) return undefined;
    const request = this.#requests.get(found);
    this.#requests.delete(found);
    return request;
  }

  #oldestToManager(): string | undefined {
    for (const [uid, { service }] of this.#requests) if (service === MANAGER) return uid;
    return undefined;
  }
}

/** How managers of every release say that a service is not there. */
const GONE = /'([^']*)' [Ss]ervice (?:is not connected to|does not exist)/;

function unreadable(
  { service, attribute }: PendingRequest,
  reason: string,
  certain: boolean,
): ProtocolError {
  const what = certain ? "the answer" : "an answer, perhaps the one";
  return new ProtocolError(
    "ERR_BAD_ANSWER",
    `${what} to ${service}.${attribute} cannot be read: ${reason}; it may have been done there`,
    { retry: "unknown" },
  );
}

function serviceGone(service: string, { message }: ErrorMessage): DaemonError {
  return new DaemonError(
    "ERR_UNKNOWN_SERVICE",
    `no service "${service}" is connected to the manager (${message}); "bunsen msl identities HOST" lists those it has`,
    { retry: "later" },
  );
}
