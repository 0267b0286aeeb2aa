import { ProtocolError } from "../errors.ts";
import type { SerializerName } from "../serializers/serializer.ts";

/**
 * The two generations of the wire protocol, told apart by the version field.
 *
 * | Pyro5 | size | field | | Pyro4 | size | field |
 * |---|---|---|---|---|---|---|
 * | 0 | 4 | `PYRO` | | 0 | 4 | `PYRO` |
 * | 4 | 2 | version 502 | | 4 | 2 | version 48 |
 * | 6 | 1 | message type | | 6 | 2 | message type |
 * | 7 | 1 | serializer id | | 8 | 2 | flags |
 * | 8 | 2 | flags | | 10 | 2 | sequence number |
 * | 10 | 2 | sequence number | | 12 | 4 | payload length |
 * | 12 | 4 | payload length | | 16 | 2 | serializer id |
 * | 16 | 4 | annotations length | | 18 | 2 | annotations length |
 * | 20 | 16 | correlation id | | 20 | 2 | reserved |
 * | 36 | 2 | reserved | | 22 | 2 | checksum |
 * | 38 | 2 | magic 0x4DC5 | | | | |
 *
 * All integers are big endian.
 * @see Pyro5 `protocol.py`, Pyro4 `message.py`.
 */
export type Generation = 4 | 5;

/** `PYRO` in ASCII. */
export const TAG = 0x5059524f;
export const VERSION_5 = 502;
export const VERSION_4 = 48;
export const HEADER_BYTES_5 = 40;
export const HEADER_BYTES_4 = 24;
/** Enough to know the generation. */
export const PROLOGUE_BYTES = 6;
/** What follows the magic in Pyro5, and what Pyro4 adds to its checksum. */
export const MAGIC_5 = 0x4dc5;
export const CHECKSUM_SALT_4 = 0x34e9;

/**
 * Written in Pyro5's reserved header field, which Python ignores, by Bunsen peers. Unlike an annotation it is never
 * passed on by a Python server that calls further, so it is always true of the very peer that sent it.
 */
export const BUNSEN_MARK = 0xb501;

export const MessageType = {
  Connect: 1,
  ConnectOk: 2,
  ConnectFail: 3,
  Invoke: 4,
  Result: 5,
  Ping: 6,
} as const;
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

/** Flags as Pyro5 has them; the decoder and encoder translate Pyro4's. */
export const Flag = {
  Exception: 0x01,
  Compressed: 0x02,
  Oneway: 0x04,
  Batch: 0x08,
  ItemStream: 0x10,
  KeepSerialized: 0x20,
  CorrelationId: 0x40,
  /** Pyro4 only: CONNECT asks for metadata, CONNECTOK has it. No bit of Pyro5's. */
  MetaOnConnect: 0x10000,
} as const;

const SHARED_FLAGS = Flag.Exception | Flag.Compressed | Flag.Oneway | Flag.Batch;

export function flagsTo4(flags: number): number {
  return (
    (flags & SHARED_FLAGS) |
    (flags & Flag.ItemStream ? 0x20 : 0) |
    (flags & Flag.KeepSerialized ? 0x40 : 0) |
    (flags & Flag.MetaOnConnect ? 0x10 : 0)
  );
}

export function flagsFrom4(flags: number): number {
  return (
    (flags & SHARED_FLAGS) |
    (flags & 0x20 ? Flag.ItemStream : 0) |
    (flags & 0x40 ? Flag.KeepSerialized : 0) |
    (flags & 0x10 ? Flag.MetaOnConnect : 0)
  );
}

/** Serializer ids by generation. Those that execute what they read are known by name only, to refuse them by name. */
const SERIALIZER_IDS: Record<Generation, Record<SerializerName, number>> = {
  5: { serpent: 1, marshal: 2, json: 3, msgpack: 4 },
  4: { serpent: 1, json: 2, marshal: 3, msgpack: 6 },
};

const REFUSED_SERIALIZERS: Record<number, string> = { 4: "pickle", 5: "dill", 7: "cloudpickle" };

export function serializerId(generation: Generation, name: SerializerName): number {
  return SERIALIZER_IDS[generation][name];
}

/** The serializer with this id; undefined for an id that is unknown, or never accepted. */
export function serializerName(generation: Generation, id: number): SerializerName | undefined {
  const ids = SERIALIZER_IDS[generation];
  for (const name of SERIALIZER_NAMES) if (ids[name] === id) return name;
  return undefined;
}

const SERIALIZER_NAMES: readonly SerializerName[] = ["msgpack", "serpent", "json", "marshal"];

/** How a refusal names a serializer id: `pickle (4)`, or the bare number. */
export function describeSerializer(generation: Generation, id: number): string {
  const name = generation === 4 ? REFUSED_SERIALIZERS[id] : undefined;
  return name ? `${id} (${name}: it executes what it reads, and is never accepted)` : `${id}`;
}

/** One message, whatever its generation. */
export interface PyroMessage {
  readonly generation: Generation;
  readonly type: MessageType;
  readonly flags: number;
  readonly seq: number;
  /** The id as it was on the wire: its meaning depends on the generation. */
  readonly serializerId: number;
  /** Decompressed; a view of what arrived where possible. */
  readonly payload: Uint8Array;
  readonly annotations: Map<string, Uint8Array> | undefined;
  /** 16 bytes, or undefined. */
  readonly correlationId: Uint8Array | undefined;
  /** The sender is a Bunsen peer. */
  readonly bunsen: boolean;
}

/** A frame that its receiver must refuse; it knows how its sender expects to be told. */
export class RefusedFrame extends ProtocolError {
  readonly generation: Generation;
  readonly seq: number;
  /** What Pyro itself would say of it, sent in a CONNECTFAIL. */
  readonly reply: string;
  /** It is no message at fault, but its signature. */
  readonly isSecurity: boolean;
  constructor(
    code: string,
    message: string,
    refusal: { generation: Generation; seq?: number; reply: string; isSecurity?: boolean },
  ) {
    super(code, message);
    this.generation = refusal.generation;
    this.seq = refusal.seq ?? 0;
    this.reply = refusal.reply;
    this.isSecurity = refusal.isSecurity ?? false;
  }
}

/** Annotation of a Bunsen peer's request: milliseconds that it waits for the answer, u32. Relative: clocks differ. */
export const TIME_LEFT = "BTMO";

export function millisecondsToBytes(milliseconds: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, Math.min(Math.ceil(milliseconds), 0xffff_ffff));
  return bytes;
}

/** Annotations that belong to the protocol itself, and not to whoever makes or serves a call. */
const OWN_ANNOTATIONS: ReadonlySet<string> = new Set(["CORR", "HMAC", "STRM", "BLBI", TIME_LEFT]);

/** The annotations that users set; undefined where there are none. */
export function userAnnotations(
  annotations: Map<string, Uint8Array> | undefined,
): ReadonlyMap<string, Uint8Array> | undefined {
  if (annotations === undefined) return undefined;
  const theirs = [...annotations].filter(([id]) => !OWN_ANNOTATIONS.has(id));
  return theirs.length > 0 ? new Map(theirs) : undefined;
}
