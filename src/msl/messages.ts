import type { PlainRecord } from "../values/types.ts";

/**
 * The messages of MSL-Network, one JSON object a line. Releases 0.5 and 1.x differ in the name of one key, `uuid` and
 * `uid`: we read either and write both, which peers of both releases understand.
 * @see spec/msl-network.md 6
 */
export type MslMessage = RequestMessage | ResultMessage | ErrorMessage | NotificationMessage;

/** Asks a member of a service, or the manager; with the manager as requester, also its questions in the handshake. */
export interface RequestMessage {
  readonly kind: "request";
  /** A service's name, or `Manager`. The manager's own questions have none. */
  readonly service?: string | undefined;
  readonly attribute: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<PlainRecord>;
  /** Who asks, as the manager calls it; added by the manager. */
  readonly requester?: string | undefined;
  /** Any JSON value: whoever answers repeats it. `""` belongs to the conversation with the manager itself. */
  readonly uid: unknown;
}

/** The answer to a request. */
export interface ResultMessage {
  readonly kind: "result";
  readonly result: unknown;
  /** Whom it is for. */
  readonly requester: string | null;
  readonly uid: unknown;
}

/** Why a request was not answered. */
export interface ErrorMessage {
  readonly kind: "error";
  /** `Type: text`, such as `ValueError: x must be positive`. */
  readonly message: string;
  /** Lines; empty from 1.x peers in most cases. */
  readonly traceback: readonly string[];
  readonly requester: string | null;
  readonly uid: unknown;
}

/** Sent by a service to the clients that are linked with it. */
export interface NotificationMessage {
  readonly kind: "notification";
  readonly service: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<PlainRecord>;
}

/** A line that is no message. The lines after it can be read. */
export interface MalformedLine {
  readonly kind: "malformed";
  /** What is wrong with it, for people. */
  readonly reason: string;
  /** Its correlation id, where that much could be read: whoever waits for it can be told. */
  readonly uid: unknown;
  /** Who sent it, where a manager passed it on and that much could be read. */
  readonly requester: string | null;
}

/** What one line holds, and which release wrote it. */
export type ReceivedMessage = (MslMessage | MalformedLine) & {
  /** True for a line of 0.5: it has `uuid` and no `uid`. Such peers need one message per TCP segment. */
  readonly legacy: boolean;
};

/** Where managers listen that are not told otherwise. */
export const MANAGER_PORT = 1875;
/** The name that requests to the manager itself carry. */
export const MANAGER = "Manager";
/** What a manager prints once it runs, followed by its address: who starts one over SSH waits for this line. */
export const MANAGER_RUNNING = "Network Manager running on";
/** The `uid` of notifications, which answer nothing. */
export const NOTIFICATION_UID = "notification";
/** Asks the manager to close the connection; it is not answered. */
export const DISCONNECT = "__disconnect__";

/**
 * True for the manager's name in a question for a password: then its own password is asked for, otherwise a user's.
 * 1.x managers are called `Manager[host:port]`, those of 0.5 `host:port`.
 */
export function isManagerName(name: string): boolean {
  return /^Manager\[\S+:\d+\]$/.test(name) || /:\d+$/.test(name);
}
