import { ByteQueue } from "../bytes/queue.ts";
import {
  BUNSEN_MARK,
  CHECKSUM_SALT_4,
  Flag,
  flagsFrom4,
  type Generation,
  HEADER_BYTES_4,
  HEADER_BYTES_5,
  MAGIC_5,
  type MessageType,
  PROLOGUE_BYTES,
  type PyroMessage,
  RefusedFrame,
  TAG,
  VERSION_4,
  VERSION_5,
} from "./header.ts";

export interface DecoderLimits {
  /** Largest payload plus annotations, in bytes, as announced by the header and again after decompression. */
  readonly maxMessageBytes: number;
  /** The same of the first message, from a sender who is not known yet. Default: as of all others. */
  readonly maxFirstBytes?: number;
  /** Largest annotations area, in bytes. */
  readonly maxAnnotationsBytes: number;
  /** Inflates a zlib stream to at most `maxBytes`. Passed in, since the decoder knows no platform. */
  readonly inflate: (bytes: Uint8Array, maxBytes: number) => Uint8Array;
  /**
   * Judges each message as it was on the wire, before anything of it is inflated or read.
   * @throws RefusedFrame for one that must go no further.
   */
  readonly check?: (
    frame: UncheckedFrame,
    payload: Uint8Array,
    annotations: ReadonlyMap<string, Uint8Array> | undefined,
  ) => void;
}

/** What a header says of the message that follows it. */
export interface UncheckedFrame {
  readonly generation: Generation;
  readonly seq: number;
  readonly bunsen: boolean;
}

interface Header {
  readonly generation: Generation;
  readonly type: number;
  readonly flags: number;
  readonly seq: number;
  readonly serializerId: number;
  readonly payloadBytes: number;
  readonly annotationsBytes: number;
  readonly correlationId: Uint8Array | undefined;
  readonly bunsen: boolean;
}

/** Turns a byte stream into Pyro messages of either generation. Does no I/O, so a test can feed it byte by byte. */
export class PyroDecoder {
  readonly #queue = new ByteQueue();
  readonly #limits: DecoderLimits;
  #header: Header | undefined;
  #isFirst = true;
  /** Why the bytes behind the messages that the last `push` returned cannot be read. */
  refused: RefusedFrame | undefined;

  constructor(limits: DecoderLimits) {
    this.#limits = limits;
  }

  /** True when the bytes so far end inside a message. */
  get midMessage(): boolean {
    return this.#header !== undefined || this.#queue.byteLength > 0;
  }

  /**
   * Takes bytes as they arrive, and keeps none of the chunk; returns the messages they complete, oldest first.
   * @throws RefusedFrame `ERR_PYRO_TAG`, `ERR_PYRO_VERSION`, `ERR_PYRO_MAGIC`, `ERR_PYRO_CHECKSUM`, `ERR_PYRO_TYPE`,
   *   `ERR_MESSAGE_TOO_LARGE`, `ERR_ANNOTATIONS`, `ERR_COMPRESSED`, and what `check` throws. The decoder cannot be used after that. Where good
   *   messages stood before the bad one they are returned, and the refusal is in `refused`.
   */
  push(chunk: Uint8Array): PyroMessage[] {
    this.#queue.push(chunk);
    const messages: PyroMessage[] = [];
    try {
      for (let message = this.#next(); message !== undefined; message = this.#next()) {
        messages.push(message);
      }
    } catch (error) {
      if (!(error instanceof RefusedFrame) || messages.length === 0) throw error;
      this.refused = error;
    } finally {
      this.#queue.keep();
    }
    return messages;
  }

  /** Where the next bytes may be put before they are pushed: the rest of a large message then needs no copying. */
  get place(): Uint8Array | undefined {
    return this.#queue.place;
  }

  #next(): PyroMessage | undefined {
    this.#header ??= this.#takeHeader();
    const header = this.#header;
    if (header === undefined) return undefined;
    const bodyBytes = header.payloadBytes + header.annotationsBytes;
    if (this.#queue.byteLength < bodyBytes) {
      this.#queue.expect(bodyBytes);
      return undefined;
    }
    this.#header = undefined;
    const message = this.#parseBody(header, this.#queue.take(bodyBytes));
    this.#isFirst = false;
    return message;
  }

  #takeHeader(): Header | undefined {
    const queue = this.#queue;
    if (queue.byteLength < PROLOGUE_BYTES) return undefined;
    const generation = judgePrologue(queue.align(PROLOGUE_BYTES), queue.offset);
    const headerBytes = generation === 5 ? HEADER_BYTES_5 : HEADER_BYTES_4;
    if (queue.byteLength < headerBytes) return undefined;
    const parse = generation === 5 ? parseHeader5 : parseHeader4;
    const header = parse(queue.align(headerBytes), queue.offset);
    queue.skip(headerBytes);
    this.#judgeSizes(header);
    return header;
  }

  // Judge the announced sizes: to wait for the body would let a peer make us buffer 8 GiB.
  #judgeSizes({ generation, seq, payloadBytes, annotationsBytes }: Header): void {
    const { maxFirstBytes = Number.POSITIVE_INFINITY, maxAnnotationsBytes } = this.#limits;
    const total = payloadBytes + annotationsBytes;
    if (this.#isFirst && total > maxFirstBytes) {
      throw new RefusedFrame(
        "ERR_MESSAGE_TOO_LARGE",
        `a handshake of ${total} bytes was announced, over maxHandshakeBytes (${maxFirstBytes})`,
        { generation, seq, reply: tooLarge(generation, total, maxFirstBytes) },
      );
    }
    const { maxMessageBytes } = this.#limits;
    if (total > maxMessageBytes) {
      throw new RefusedFrame(
        "ERR_MESSAGE_TOO_LARGE",
        `a message of ${total} bytes was announced, over maxMessageBytes (${maxMessageBytes})`,
        { generation, seq, reply: tooLarge(generation, total, maxMessageBytes) },
      );
    }
    if (annotationsBytes > maxAnnotationsBytes) {
      throw new RefusedFrame(
        "ERR_ANNOTATIONS",
        `${annotationsBytes} bytes of annotations were announced, over maxAnnotationsBytes (${maxAnnotationsBytes})`,
        { generation, seq, reply: "annotations too large" },
      );
    }
  }

  #parseBody(header: Header, body: Uint8Array): PyroMessage {
    const { generation, flags, seq, serializerId, bunsen } = header;
    let { correlationId } = header;
    let annotations: Map<string, Uint8Array> | undefined;
    let payload = body;
    if (header.annotationsBytes > 0) {
      annotations = parseAnnotations(header, body.subarray(0, header.annotationsBytes));
      payload = body.subarray(header.annotationsBytes);
      const corr = generation === 4 ? annotations.get("CORR") : undefined;
      if (corr?.byteLength === 16) correlationId = corr;
    }
    this.#limits.check?.(header, payload, annotations);
    if (flags & Flag.Compressed) payload = this.#inflate(header, payload);
    return {
      generation,
      type: header.type as MessageType,
      flags,
      seq,
      serializerId,
      payload,
      annotations,
      correlationId,
      bunsen,
    };
  }

  #inflate({ generation, seq }: Header, payload: Uint8Array): Uint8Array {
    try {
      const { maxMessageBytes, maxFirstBytes = maxMessageBytes, inflate } = this.#limits;
      return inflate(payload, this.#isFirst ? maxFirstBytes : maxMessageBytes);
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new RefusedFrame("ERR_COMPRESSED", `the compressed payload cannot be read: ${text}`, {
        generation,
        seq,
        reply: `cannot decompress the payload: ${text}`,
      });
    }
  }
}

/** In Pyro's words. */
function tooLarge(generation: Generation, bytes: number, most: number): string {
  return generation === 5
    ? `message too large (${bytes}, max=${most})`
    : `max message size exceeded (${bytes} where max=${most})`;
}

function judgePrologue(bytes: Uint8Array, at: number): Generation {
  if (u32(bytes, at) !== TAG) {
    const first = bytes.subarray(at, at + PROLOGUE_BYTES);
    throw new RefusedFrame(
      "ERR_PYRO_TAG",
      `the first bytes are ${preview(first)}, not "PYRO": this is ${isTls(first) ? "TLS; both ends need it, or none (tls)" : "another protocol"}`,
      { generation: 5, reply: "invalid data" },
    );
  }
  const version = u16(bytes, at + 4);
  if (version === VERSION_5) return 5;
  if (version === VERSION_4) return 4;
  // Versions from 500 on are Pyro5's: whoever speaks one expects to be told in that shape.
  const generation = version >= 500 ? 5 : 4;
  throw new RefusedFrame(
    "ERR_PYRO_VERSION",
    `Pyro protocol ${version} is spoken, expected ${VERSION_4} (Pyro4) or ${VERSION_5} (Pyro5); upgrade Pyro on that host`,
    {
      generation,
      reply:
        generation === 5
          ? `invalid protocol version: ${version}`
          : "invalid data or unsupported protocol version",
    },
  );
}

function parseHeader5(bytes: Uint8Array, at: number): Header {
  const magic = u16(bytes, at + 38);
  if (magic !== MAGIC_5) {
    throw new RefusedFrame(
      "ERR_PYRO_MAGIC",
      `the header ends in 0x${magic.toString(16)}, expected 0x${MAGIC_5.toString(16)}`,
      { generation: 5, reply: "invalid message or protocol version" },
    );
  }
  const flags = u16(bytes, at + 8);
  const seq = u16(bytes, at + 10);
  return {
    generation: 5,
    type: judgeType(5, bytes[at + 6] as number, seq),
    flags,
    seq,
    serializerId: bytes[at + 7] as number,
    payloadBytes: u32(bytes, at + 12),
    annotationsBytes: u32(bytes, at + 16),
    correlationId: flags & Flag.CorrelationId ? copyOf(bytes, at + 20, at + 36) : undefined,
    bunsen: u16(bytes, at + 36) === BUNSEN_MARK,
  };
}

function parseHeader4(bytes: Uint8Array, at: number): Header {
  const checksum = u16(bytes, at + 22);
  const expected = checksum4(bytes, at);
  if (checksum !== expected) {
    throw new RefusedFrame(
      "ERR_PYRO_CHECKSUM",
      `the header's checksum is 0x${checksum.toString(16)}, expected 0x${expected.toString(16)}`,
      { generation: 4, reply: "header checksum mismatch" },
    );
  }
  const seq = u16(bytes, at + 10);
  return {
    generation: 4,
    type: judgeType(4, u16(bytes, at + 6), seq),
    flags: flagsFrom4(u16(bytes, at + 8)),
    seq,
    payloadBytes: u32(bytes, at + 12),
    serializerId: u16(bytes, at + 16),
    annotationsBytes: u16(bytes, at + 18),
    correlationId: undefined,
    bunsen: false,
  };
}

/** The sum over the fields, without the reserved one. @see Pyro4 `message.py`, `checksum`. */
function checksum4(bytes: Uint8Array, at: number): number {
  const sum =
    u16(bytes, at + 4) + // version
    u16(bytes, at + 6) + // type
    u16(bytes, at + 8) + // flags
    u16(bytes, at + 10) + // seq
    u32(bytes, at + 12) + // payload length
    u16(bytes, at + 16) + // serializer
    u16(bytes, at + 18) + // annotations length
    CHECKSUM_SALT_4;
  return sum % 0x10000;
}

function judgeType(generation: Generation, type: number, seq: number): number {
  if (type >= 1 && type <= 6) return type;
  throw new RefusedFrame("ERR_PYRO_TYPE", `message type ${type} is unknown`, {
    generation,
    seq,
    reply: `invalid msg type ${type} received`,
  });
}

function parseAnnotations({ generation, seq }: Header, area: Uint8Array): Map<string, Uint8Array> {
  const annotations = new Map<string, Uint8Array>();
  const headBytes = generation === 5 ? 8 : 6;
  let at = 0;
  while (at < area.byteLength) {
    const bodyAt = at + headBytes;
    const length =
      bodyAt > area.byteLength ? 0 : generation === 5 ? u32(area, at + 4) : u16(area, at + 4);
    if (bodyAt + length > area.byteLength) {
      throw new RefusedFrame(
        "ERR_ANNOTATIONS",
        `an annotation at byte ${at} runs past the annotations area of ${area.byteLength} bytes`,
        { generation, seq, reply: "invalid annotations" },
      );
    }
    const id = String.fromCharCode(...area.subarray(at, at + 4));
    // Copied: an annotation may be kept, the message's buffer is large and shared.
    annotations.set(id, copyOf(area, bodyAt, bodyAt + length));
    at = bodyAt + length;
  }
  return annotations;
}

/** `slice` would do, were it not that a Node Buffer's gives a view. */
function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end));
}

/** A greeting or an alert, in a record of TLS. */
function isTls([kind, major]: Uint8Array): boolean {
  return (kind === 0x15 || kind === 0x16) && major === 0x03;
}

function preview(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes);
  const printable = /^[\x20-\x7e\r\n\t]*$/.test(text);
  return printable
    ? JSON.stringify(text)
    : `0x${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

function u32(bytes: Uint8Array, at: number): number {
  return u16(bytes, at) * 0x10000 + u16(bytes, at + 2);
}
