import { readUtf8 } from "../../bytes/text.ts";
import type { MessageTooLargeError } from "../../errors.ts";
import { json } from "../../serializers/json.ts";
import { PLAIN_HOOKS } from "../../serializers/plain-hooks.ts";
import { decodeLine } from "../decoder.ts";
import { joined, PartialLine, tooLong } from "../lines.ts";
import type { ReceivedMessage } from "../messages.ts";
import { LineScanner, type ScannedObject, type Span } from "./scanner.ts";

/** What a router reads of a line: for whom it is, and what it must complete. */
const KEYS = [
  "attribute",
  "error",
  "message",
  "requester",
  "result",
  "service",
  "traceback",
  "uid",
  "uuid",
] as const;
export type LineKey = (typeof KEYS)[number];

/** Names and correlation ids are short; what is longer is no name. */
const MAX_NAME_BYTES = 4096;
/** Longer tracebacks are left out: to judge them would hold everybody up. */
const MAX_TRACEBACK_BYTES = 256 * 1024;
/** So much is kept of a line that is no JSON: somebody may have typed it. */
const MAX_TEXT_BYTES = 8192;

const LINE_FEED = 0x0a;
const EMPTY_UID = '""';

/** A line that is a JSON object, in the pieces in which it arrived. */
export class ObjectLine {
  readonly kind = "object";
  readonly byteLength: number;
  readonly #pieces: readonly Uint8Array[];
  readonly #scanned: ScannedObject;

  constructor(pieces: readonly Uint8Array[], byteLength: number, scanned: ScannedObject) {
    this.#pieces = pieces;
    this.byteLength = byteLength;
    this.#scanned = scanned;
  }

  /** Written by a peer of 0.5. */
  get legacy(): boolean {
    return this.has("uuid") && !this.has("uid");
  }

  get loneSurrogate(): boolean {
    return this.#scanned.loneSurrogate;
  }

  /** Why peers cannot read it; undefined where they can. */
  get overLimit(): string | undefined {
    return this.#scanned.overLimit;
  }

  has(key: LineKey): boolean {
    return this.#scanned.values.has(key);
  }

  /** Answers an earlier message: has a result, or is an error. */
  get isReply(): boolean {
    return this.has("result") || this.isError;
  }

  get isError(): boolean {
    return this.has("error") && Boolean(this.value("error"));
  }

  /** Has `[args, kwargs]` as its result, as every client expects of a notification. */
  get hasArguments(): boolean {
    return this.#scanned.values.get("result")?.shape === "[[{";
  }

  /** The correlation id, as it is spelt on the wire. */
  get uidText(): string {
    return this.text("uid") ?? this.text("uuid") ?? EMPTY_UID;
  }

  /** A short value; undefined where the key is missing. One that is too long to be a name is null. */
  value(key: LineKey): unknown {
    const text = this.text(key);
    if (text === undefined) return undefined;
    // Most are names, which need no parser.
    if (text.startsWith('"') && !text.includes("\\")) return text.slice(1, -1);
    return json.decode(Buffer.from(text), PLAIN_HOOKS);
  }

  /** The same, as it is spelt on the wire. */
  text(key: LineKey): string | undefined {
    const span = this.#scanned.values.get(key);
    if (span === undefined) return undefined;
    if (span.end - span.start > MAX_NAME_BYTES) return "null";
    const bytes = joined(cut(this.#pieces, span));
    // It may be the one that is over a limit.
    if (this.overLimit !== undefined && !isReadable(bytes)) return "null";
    return readUtf8(bytes, 0, bytes.byteLength);
  }

  /** All of it. */
  decode(): ReceivedMessage {
    return decodeLine(joined(this.#pieces));
  }

  /** As it was written. */
  source(): string {
    return Buffer.from(joined(this.#pieces)).toString();
  }

  /** As a request to a service, from whom the manager knows it to be. */
  asRequest(requester: string): Uint8Array[] {
    return this.#with({ requester: JSON.stringify(requester), ...this.#bothUids() });
  }

  /**
   * As a reply or notification, with every key that Python peers insist on.
   * @param uidText - What it answers, where the line does not say so itself.
   */
  asReply(uidText?: string): Uint8Array[] {
    return this.#with({
      ...(this.has("error") ? {} : { error: "false" }),
      ...(this.has("result") ? {} : { result: "null" }),
      ...(this.isError ? this.#errorKeys() : {}),
      ...(uidText === undefined ? this.#bothUids() : { uid: uidText, uuid: uidText }),
    });
  }

  /** They join the rows of a traceback and the message as texts, and break on anything else. */
  #errorKeys(): Partial<Record<LineKey, string>> {
    return {
      ...(this.#startsWith("message", '"') ? {} : { message: this.#messageText() }),
      ...(this.#isListOfTexts("traceback") ? {} : { traceback: "[]" }),
    };
  }

  /** What the message is, as a text. */
  #messageText(): string {
    return JSON.stringify(this.has("message") ? (this.text("message") ?? "") : "");
  }

  #isListOfTexts(key: LineKey): boolean {
    const span = this.#scanned.values.get(key);
    if (span === undefined || span.end - span.start > MAX_TRACEBACK_BYTES) return false;
    const value = json.decode(joined(cut(this.#pieces, span)), PLAIN_HOOKS);
    return Array.isArray(value) && value.every((row) => typeof row === "string");
  }

  #bothUids(): Partial<Record<LineKey, string>> {
    const text = this.uidText;
    return {
      ...(this.has("uid") ? {} : { uid: text }),
      ...(this.has("uuid") ? {} : { uuid: text }),
    };
  }

  #startsWith(key: LineKey, character: string): boolean {
    const span = this.#scanned.values.get(key);
    if (span === undefined) return false;
    return (
      joined(cut(this.#pieces, { ...span, end: span.start + 1 }))[0] === character.charCodeAt(0)
    );
  }

  /** The line with these values, in place of those that it has. What stays is not copied. */
  #with(values: Partial<Record<LineKey, string>>): Uint8Array[] {
    const { span } = this.#scanned;
    const inserts: string[] = [];
    const replaced: { span: Span; text: string }[] = [];
    for (const [key, text] of Object.entries(values)) {
      const old = this.#scanned.values.get(key);
      if (old === undefined) inserts.push(`"${key}": ${text}, `);
      else replaced.push({ span: old, text });
    }
    replaced.sort((a, b) => a.span.start - b.span.start);
    const out: Uint8Array[] = [Buffer.from(`{${inserts.join("")}`)];
    // A message has at least one key: what follows the brace may follow the new keys.
    let from = span.start + 1;
    for (const { span: old, text } of replaced) {
      out.push(...cut(this.#pieces, { start: from, end: old.start }), Buffer.from(text));
      from = old.end;
    }
    out.push(...cut(this.#pieces, { start: from, end: span.end }), CR_LF);
    return out;
  }
}

const CR_LF = Buffer.from("\r\n");

/** A line that is no JSON object, or not one that every peer can read. */
export interface TextLine {
  readonly kind: "text";
  /** Without white space at its ends; undefined where it is no text, or too long to have been typed. */
  readonly text: string | undefined;
  /** Why it is no message. */
  readonly reason: string;
}

export type IncomingLine = ObjectLine | TextLine;

/**
 * Turns a byte stream into lines for a router, which looks at a few keys and passes the rest on as it is. Does no I/O,
 * and never works on more than one chunk at once.
 */
export class LineReader {
  readonly #scanner = new LineScanner(KEYS);
  readonly #partial = new PartialLine();
  #byteLength = 0;
  /** Bytes that a line may have. A peer that has not yet said who it is gets fewer. */
  maxLineBytes: number;
  /** Set once a line is too long: nothing more can be read. */
  refused: MessageTooLargeError | undefined;

  constructor(maxLineBytes: number) {
    this.maxLineBytes = maxLineBytes;
  }

  /** Bytes of a line that has not ended yet. */
  get heldBytes(): number {
    return this.#partial.byteLength;
  }

  /** Takes bytes as they arrive; returns the lines they complete. */
  push(chunk: Uint8Array): IncomingLine[] {
    const lines: IncomingLine[] = [];
    let start = 0;
    while (!this.refused) {
      const end = chunk.indexOf(LINE_FEED, start);
      this.#take(chunk.subarray(start, end < 0 ? chunk.byteLength : end));
      if (end < 0 || this.refused) break;
      lines.push(this.#finish());
      start = end + 1;
    }
    return lines;
  }

  #take(part: Uint8Array): void {
    this.#byteLength += part.byteLength;
    if (this.#byteLength > this.maxLineBytes) {
      this.refused = tooLong(this.maxLineBytes);
      this.#partial.take();
      return;
    }
    this.#scanner.scan(part);
    // What cannot be read is not kept, but for what somebody may have typed.
    if (this.#scanner.failed && this.#byteLength > MAX_TEXT_BYTES) this.#partial.take();
    else this.#partial.push(part);
  }

  #finish(): IncomingLine {
    const byteLength = this.#byteLength;
    this.#byteLength = 0;
    const scanned = this.#scanner.finish();
    const pieces = this.#partial.take();
    if (!("fault" in scanned)) return new ObjectLine(pieces, byteLength, scanned);
    const reason = `the line is not a message: ${scanned.fault}`;
    return { kind: "text", text: byteLength > MAX_TEXT_BYTES ? undefined : textOf(pieces), reason };
  }
}

function textOf(pieces: readonly Uint8Array[]): string | undefined {
  const bytes = joined(pieces);
  return readUtf8(bytes, 0, bytes.byteLength)?.trim();
}

function isReadable(bytes: Uint8Array): boolean {
  try {
    json.decode(bytes, PLAIN_HOOKS);
    return true;
  } catch {
    return false;
  }
}

/** The bytes of a span, as views. */
function cut(pieces: readonly Uint8Array[], { start, end }: Span): Uint8Array[] {
  const out: Uint8Array[] = [];
  let at = 0;
  for (const piece of pieces) {
    const from = Math.max(start - at, 0);
    const to = Math.min(end - at, piece.byteLength);
    if (from < to) out.push(piece.subarray(from, to));
    at += piece.byteLength;
    if (at >= end) break;
  }
  return out;
}
