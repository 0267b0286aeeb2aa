import { type ByteWriter, WriterFull } from "../bytes/writer.ts";
import { MessageTooLargeError, ProtocolError } from "../errors.ts";
import type { Annotations } from "../objects/call.ts";
import {
  BUNSEN_MARK,
  CHECKSUM_SALT_4,
  Flag,
  flagsTo4,
  type Generation,
  HEADER_BYTES_4,
  HEADER_BYTES_5,
  MAGIC_5,
  type MessageType,
  millisecondsToBytes,
  TAG,
  TIME_LEFT,
  VERSION_4,
  VERSION_5,
} from "./header.ts";

/** What stands before a payload. */
export interface MessageHead {
  readonly generation: Generation;
  readonly type: MessageType;
  readonly flags: number;
  readonly seq: number;
  readonly serializerId: number;
  readonly annotations?: Annotations | undefined;
  /** 16 bytes. */
  readonly correlationId?: Uint8Array | undefined;
  /** How long the caller waits, to a Bunsen peer; 0 or undefined does not say. */
  readonly timeLeftMs?: number;
  /** Marks the message as a Bunsen peer's. */
  readonly bunsen?: boolean;
}

export interface EncodeOptions {
  /** Largest payload plus annotations, in bytes. */
  readonly maxMessageBytes: number;
  /** Deflates a payload, where compression is on. */
  readonly deflate?: ((bytes: Uint8Array) => Uint8Array) | undefined;
  /** What signs messages at the time; without it, or its key, they have no signature. */
  readonly signing?: { readonly key: Signer | undefined } | undefined;
}

/** A key that signs what is sent: the payload as it is on the wire, and the annotations beside it. */
export interface Signer {
  sign(payload: Uint8Array, annotations: Annotations | undefined): Uint8Array;
}

/** The signature of a message is its last annotation: HMAC-SHA1. */
export const SIGNATURE_ID = "HMAC";
export const SIGNATURE_BYTES = 20;

/** Smaller payloads are not worth compressing. @see Pyro5 `protocol.py`; Pyro4 uses 200. */
const COMPRESS_OVER_BYTES: Record<Generation, number> = { 5: 100, 4: 199 };

/**
 * Appends one message to `out`. `writePayload` writes the payload right behind the header, so that nothing is copied.
 * If it throws, `out` is as it was before.
 * @throws MessageTooLargeError `ERR_MESSAGE_TOO_LARGE`; ProtocolError `ERR_ANNOTATION_ID`, `ERR_ANNOTATIONS`.
 */
export function encodeMessage(
  out: ByteWriter,
  head: MessageHead,
  writePayload: (out: ByteWriter) => void,
  options: EncodeOptions,
): void {
  const start = out.length;
  try {
    const headerBytes = head.generation === 5 ? HEADER_BYTES_5 : HEADER_BYTES_4;
    out.reserve(headerBytes);
    const signer = options.signing?.key;
    const carried = annotationsOf(head, signer);
    const annotationsBytes = writeAnnotations(out, head.generation, carried, signer);
    const payloadStart = out.length;
    // No memory is taken for what cannot be sent. With compression nobody knows yet.
    if (!options.deflate) out.limit = payloadStart + limitOf(options);
    writePayload(out);
    const compressed =
      options.deflate !== undefined && compress(out, head, payloadStart, options.deflate);
    const payloadBytes = out.length - payloadStart;
    const bytes = payloadBytes + annotationsBytes;
    if (bytes > limitOf(options)) throw tooLarge(`${bytes}`, options);
    if (signer) {
      const signature = signer.sign(out.view().subarray(payloadStart), carried);
      out.setBytes(payloadStart - SIGNATURE_BYTES, signature);
    }
    const flags = compressed ? head.flags | Flag.Compressed : head.flags;
    const write = head.generation === 5 ? writeHeader5 : writeHeader4;
    write(out, start, head, flags, payloadBytes, annotationsBytes);
  } catch (error) {
    out.truncate(start);
    if (error instanceof WriterFull)
      throw tooLarge(`at least ${error.byteLength - start}`, options);
    throw error;
  } finally {
    out.limit = Number.POSITIVE_INFINITY;
  }
}

/** A header has 32 bits for each length. */
const MAX_WIRE_BYTES = 0xffff_ffff;

function limitOf({ maxMessageBytes }: EncodeOptions): number {
  return Math.min(maxMessageBytes, MAX_WIRE_BYTES);
}

function tooLarge(bytes: string, options: EncodeOptions): MessageTooLargeError {
  return new MessageTooLargeError(
    "ERR_MESSAGE_TOO_LARGE",
    `a message of ${bytes} bytes is over maxMessageBytes (${limitOf(options)}); raise it at both ends, or send the data as a stream`,
  );
}

function writeHeader5(
  out: ByteWriter,
  at: number,
  head: MessageHead,
  flags: number,
  payloadBytes: number,
  annotationsBytes: number,
): void {
  out.setU32(at, TAG);
  out.setU16(at + 4, VERSION_5);
  out.setU8(at + 6, head.type);
  out.setU8(at + 7, head.serializerId);
  out.setU16(at + 8, (head.correlationId ? flags | Flag.CorrelationId : flags) & 0xffff);
  out.setU16(at + 10, head.seq);
  out.setU32(at + 12, payloadBytes);
  out.setU32(at + 16, annotationsBytes);
  if (head.correlationId) out.setBytes(at + 20, head.correlationId);
  else out.fill(at + 20, 16);
  out.setU16(at + 36, head.bunsen ? BUNSEN_MARK : 0);
  out.setU16(at + 38, MAGIC_5);
}

function writeHeader4(
  out: ByteWriter,
  at: number,
  head: MessageHead,
  flags: number,
  payloadBytes: number,
  annotationsBytes: number,
): void {
  const flags4 = flagsTo4(flags);
  const sum =
    head.type +
    VERSION_4 +
    payloadBytes +
    annotationsBytes +
    head.serializerId +
    flags4 +
    head.seq +
    CHECKSUM_SALT_4;
  out.setU32(at, TAG);
  out.setU16(at + 4, VERSION_4);
  out.setU16(at + 6, head.type);
  out.setU16(at + 8, flags4);
  out.setU16(at + 10, head.seq);
  out.setU32(at + 12, payloadBytes);
  out.setU16(at + 16, head.serializerId);
  out.setU16(at + 18, annotationsBytes);
  out.setU16(at + 20, 0);
  out.setU16(at + 22, sum % 0x10000);
}

/**
 * Pyro4 has no header field for the correlation id: it travels as the annotation `CORR`. Neither has a field for the
 * deadline.
 */
function annotationsOf(
  { generation, correlationId, annotations, timeLeftMs = 0 }: MessageHead,
  signer: Signer | undefined,
): Annotations | undefined {
  const corr = generation === 4 ? correlationId : undefined;
  const isForged = signer !== undefined && annotations?.has(SIGNATURE_ID) === true;
  if (corr === undefined && timeLeftMs <= 0 && !isForged) return annotations;
  const carried = new Map<string, Uint8Array>(corr && [["CORR", corr]]);
  if (timeLeftMs > 0) carried.set(TIME_LEFT, millisecondsToBytes(timeLeftMs));
  for (const [id, data] of annotations ?? []) {
    if (!signer || id !== SIGNATURE_ID) carried.set(id, data);
  }
  return carried;
}

/** A signature is left blank: it is known when the payload is. */
function writeAnnotations(
  out: ByteWriter,
  generation: Generation,
  annotations: Annotations | undefined,
  signer: Signer | undefined,
): number {
  if (annotations === undefined && signer === undefined) return 0;
  const start = out.length;
  if (annotations) {
    for (const [id, data] of annotations) writeAnnotation(out, generation, id, data);
  }
  if (signer) writeAnnotation(out, generation, SIGNATURE_ID, BLANK_SIGNATURE);
  const length = out.length - start;
  if (generation === 4 && length > 0xffff) {
    throw new ProtocolError(
      "ERR_ANNOTATIONS",
      `${length} bytes of annotations do not fit a Pyro4 message, which carries 65535 at most`,
    );
  }
  return length;
}

const BLANK_SIGNATURE = new Uint8Array(SIGNATURE_BYTES);

/** One chunk: id (4), length (u32 in Pyro5, u16 in Pyro4), data. @see Pyro5 `protocol.py`, module docstring. */
function writeAnnotation(
  out: ByteWriter,
  generation: Generation,
  id: string,
  data: Uint8Array,
): void {
  if (!/^[\x20-\x7e]{4}$/.test(id)) {
    throw new ProtocolError(
      "ERR_ANNOTATION_ID",
      `Expected an annotation id of 4 ASCII characters, such as "BLBI", got ${JSON.stringify(id)}`,
    );
  }
  out.latin1(id);
  if (generation === 5) out.u32(data.byteLength);
  else out.u16(Math.min(data.byteLength, 0xffff));
  out.bytes(data);
}

function compress(
  out: ByteWriter,
  head: MessageHead,
  payloadStart: number,
  deflate: (bytes: Uint8Array) => Uint8Array,
): boolean {
  if (out.length - payloadStart <= COMPRESS_OVER_BYTES[head.generation]) return false;
  const payload = out.view().subarray(payloadStart);
  const smaller = deflate(payload);
  if (smaller.byteLength >= payload.byteLength) return false;
  out.truncate(payloadStart);
  out.bytes(smaller);
  return true;
}
