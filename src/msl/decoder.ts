import type { MessageTooLargeError } from "../errors.ts";
import { SerializeError } from "../errors.ts";
import { json } from "../serializers/json.ts";
import { PLAIN_HOOKS } from "../serializers/plain-hooks.ts";
import { isPlainRecord, type PlainRecord } from "../values/types.ts";
import { LineSplitter } from "./lines.ts";
import {
  type MalformedLine,
  type MslMessage,
  NOTIFICATION_UID,
  type ReceivedMessage,
} from "./messages.ts";

/** Largest message, in bytes: that of Pyro, since peers of Python have none and send 100 MB in their own tests. */
export const DEFAULT_MAX_MESSAGE_BYTES: number = 1024 * 1024 * 1024;

/** Bounds on what a peer can make large. */
export interface DecoderLimits {
  /** Bytes of one line. Default 1 GiB. */
  readonly maxMessageBytes?: number;
}

/**
 * Turns a byte stream into messages, whichever release wrote them: several a segment, or one in many. Does no I/O, so a
 * test can feed it byte by byte.
 */
export class MslDecoder {
  readonly #lines: LineSplitter;

  constructor(limits: DecoderLimits = {}) {
    this.#lines = new LineSplitter(limits.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES);
  }

  /** True when the bytes so far end inside a message. */
  get midMessage(): boolean {
    return this.#lines.midLine;
  }

  /** Set once a line is over `maxMessageBytes`: nothing after it can be read, and the connection is to be closed. */
  get refused(): MessageTooLargeError | undefined {
    return this.#lines.refused;
  }

  /**
   * Takes bytes as they arrive; returns the messages they complete, oldest first. A line that is no message comes as
   * one of kind `malformed`, and blank lines are passed over. Never throws: see `refused`.
   */
  push(chunk: Uint8Array): ReceivedMessage[] {
    return this.#lines
      .push(chunk)
      .filter((line) => !isBlank(line))
      .map(decodeLine);
  }
}

/** Reads one line; a line feed at its end does not matter. */
export function decodeLine(line: Uint8Array): ReceivedMessage {
  let value: unknown;
  try {
    value = json.decode(line, PLAIN_HOOKS);
  } catch (error) {
    if (!(error instanceof SerializeError)) throw error;
    return { ...malformed(error.message), legacy: false };
  }
  if (!isRecord(value)) {
    return { ...malformed("a message is a JSON object"), legacy: false };
  }
  const legacy = Object.hasOwn(value, "uuid") && !Object.hasOwn(value, "uid");
  const uid = own(value, legacy ? "uuid" : "uid");
  return { ...toMessage(value, uid), legacy };
}

function toMessage(line: PlainRecord, uid: unknown): MslMessage | MalformedLine {
  // As Python judges: `"error": 0` is no error.
  if (own(line, "error")) return toError(line, uid);
  if (Object.hasOwn(line, "result")) {
    return uid === NOTIFICATION_UID
      ? toNotification(line)
      : { kind: "result", result: own(line, "result"), requester: requesterOf(line), uid };
  }
  return toRequest(line, uid);
}

function toError(line: PlainRecord, uid: unknown): MslMessage {
  const message = own(line, "message");
  const traceback = own(line, "traceback");
  return {
    kind: "error",
    message: typeof message === "string" ? message : "",
    traceback: Array.isArray(traceback) ? traceback.filter((row) => typeof row === "string") : [],
    requester: requesterOf(line),
    uid,
  };
}

function toNotification(line: PlainRecord): MslMessage | MalformedLine {
  const service = own(line, "service");
  const result = own(line, "result");
  const [args, kwargs] = Array.isArray(result) ? result : [];
  if (typeof service !== "string" || !Array.isArray(args) || !isRecord(kwargs)) {
    return malformed(
      'a notification has the name of its "service", and [args, kwargs] as "result"',
      NOTIFICATION_UID,
    );
  }
  return { kind: "notification", service, args, kwargs };
}

function toRequest(line: PlainRecord, uid: unknown): MslMessage | MalformedLine {
  const attribute = own(line, "attribute");
  const service = own(line, "service");
  const args = own(line, "args") ?? [];
  const kwargs = own(line, "kwargs") ?? {};
  const requester = requesterOf(line);
  const wrong = (reason: string) => malformed(reason, uid, requester);
  if (typeof attribute !== "string") {
    return wrong('a message has a "result", or an "attribute" that is text');
  }
  if (service !== undefined && typeof service !== "string") {
    return wrong('the "service" of a request is text');
  }
  if (!Array.isArray(args)) return wrong('the "args" of a request are an array');
  if (!isRecord(kwargs)) return wrong('the "kwargs" of a request are an object');
  const request = { kind: "request", service, attribute, args, kwargs, uid } as const;
  return { ...request, requester: requester ?? undefined };
}

function malformed(reason: string, uid?: unknown, requester: string | null = null): MalformedLine {
  return { kind: "malformed", reason, uid, requester };
}

function requesterOf(line: PlainRecord): string | null {
  const requester = own(line, "requester");
  return typeof requester === "string" ? requester : null;
}

/** Names off the wire are looked up among own properties alone. */
function own(record: PlainRecord, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function isRecord(value: unknown): value is PlainRecord {
  return typeof value === "object" && value !== null && isPlainRecord(value);
}

/** Blanks of JSON, and nothing else. */
function isBlank(line: Uint8Array): boolean {
  for (const byte of line) {
    if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return false;
  }
  return true;
}
