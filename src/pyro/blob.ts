import { ByteWriter } from "../bytes/writer.ts";
import { ProtocolError } from "../errors.ts";
import type { Annotations } from "../objects/call.ts";
import type { Request } from "../objects/channel.ts";
import {
  type ClassHooks,
  marshal,
  type Serializer,
  type SerializerName,
  serializerNamed,
} from "../serializers/index.ts";
import { renamePlaces } from "../serializers/path.ts";
import { tuple } from "../values/types.ts";
import { type Generation, type PyroMessage, serializerId } from "./header.ts";
import { blobDataFromWire, blobToWire, type CallPayload } from "./payload.ts";

const BLOB_INFO = "BLBI";

/**
 * Data that a method may pass on without reading it: the method learns `info`, and the data stays as it arrived until
 * `deserialized()` asks for it. Send one as the only argument of a call:
 *
 *     await broker.publish(new SerializedBlob("weather", samples));
 *
 * One that arrived may be sent on, any number of times: its bytes are not touched.
 * @see spec of Pyro, "Blobs (pass-through payloads)"; Pyro5's `client.SerializedBlob`.
 */
export class SerializedBlob {
  /** What the one who passes the data on needs to know: a topic, a recipient. Sent in marshal, beside the data. */
  readonly info: unknown;
  readonly #data: unknown;

  /** @param data - Any value that can be sent. Pyro's own clients send a list or tuple of arguments. */
  constructor(info: unknown, data: unknown) {
    this.info = info;
    this.#data = data;
  }

  /**
   * The data. Of a blob that arrived it is read anew each time.
   * @throws SerializeError `ERR_BAD_PAYLOAD`, `ERR_TOO_DEEP`; ProtocolError `ERR_BAD_CALL`.
   */
  deserialized(): unknown {
    const payload = arrived.get(this);
    if (payload === undefined) return this.#data;
    return blobDataFromWire(payload.serializer.decode(payload.bytes, payload.hooks));
  }
}

/** The payload of a call, as it arrived. */
interface ArrivedPayload {
  readonly bytes: Uint8Array;
  readonly serializer: Serializer;
  readonly hooks: ClassHooks;
}

/** The blobs that came from elsewhere. */
const arrived = new WeakMap<SerializedBlob, ArrivedPayload>();

/**
 * Reads a call whose payload is a blob; its only argument is a `SerializedBlob`. The object and member in the payload
 * are those of the first call, and mean nothing after the blob was passed on.
 * @throws ProtocolError `ERR_BAD_CALL`; SerializeError.
 */
export function readBlobCall(
  message: PyroMessage,
  serializer: Serializer,
  hooks: ClassHooks,
): CallPayload {
  const annotation = message.annotations?.get(BLOB_INFO);
  const parts = annotation === undefined ? undefined : marshal.decode(annotation, hooks);
  const [info, object, member] = Array.isArray(parts) ? (parts as unknown[]) : [];
  if (typeof object !== "string" || typeof member !== "string") {
    throw new ProtocolError(
      "ERR_BAD_CALL",
      `a blob needs an annotation ${BLOB_INFO} with (info, object id, method name)`,
    );
  }
  const blob = new SerializedBlob(info, undefined);
  arrived.set(blob, { bytes: kept(message.payload), serializer, hooks });
  return { object, member, args: [blob], kwargs: null };
}

/** What is a small part of a large buffer is copied: a blob may be kept for long. */
function kept(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength * 2 < bytes.buffer.byteLength ? new Uint8Array(bytes) : bytes;
}

/** The peer that a blob goes to. */
export interface BlobReceiver {
  readonly generation: Generation;
  readonly bunsen: boolean;
  readonly serializer: Serializer;
  readonly hooks: ClassHooks;
}

/** A call that sends a blob. */
export class BlobCall {
  readonly #blob: SerializedBlob;
  readonly #object: string;
  readonly #member: string;

  private constructor(blob: SerializedBlob, object: string, member: string) {
    this.#blob = blob;
    this.#object = object;
    this.#member = member;
  }

  /** Undefined for a request that is no such call: a blob anywhere else cannot be sent. */
  static of({ member, kind, args, kwargs }: Request, object: string): BlobCall | undefined {
    const blob = args[0];
    if (!(blob instanceof SerializedBlob)) return undefined;
    const isAlone = args.length === 1 && kwargs === null && kind === "call";
    return isAlone ? new BlobCall(blob, object, member) : undefined;
  }

  /** The serializer of the message: of a blob that arrived, the one it is in. */
  serializerId(receiver: BlobReceiver): number {
    return serializerId(receiver.generation, this.#serializerName(receiver));
  }

  /** `annotations`, and what is told of the blob: in marshal, whatever the payload is in. */
  annotations(annotations: Annotations | undefined, { hooks }: BlobReceiver): Annotations {
    const out = new ByteWriter();
    const parts = tuple<unknown>(this.#blob.info, this.#object, this.#member);
    try {
      marshal.encode(parts, out, hooks);
    } catch (error) {
      throw renamePlaces(error, (path) => path.replace(/^\[0\]/, "blob.info"));
    }
    return new Map([...(annotations ?? []), [BLOB_INFO, out.take()]]);
  }

  writePayload(out: ByteWriter, receiver: BlobReceiver): void {
    const name = this.#serializerName(receiver);
    const serializer = serializerNamed(name, receiver.bunsen);
    const payload = arrived.get(this.#blob);
    // What only Bunsen peers read is written anew for others.
    if (payload && (payload.serializer === serializer || receiver.bunsen)) {
      out.bytes(payload.bytes);
      return;
    }
    const call = blobToWire(name, this.#object, this.#member, this.#blob.deserialized());
    try {
      serializer.encode(call, out, receiver.hooks);
    } catch (error) {
      throw renamePlaces(error, (path) => path.replace(/^(\[2\]|\.params)/, "blob"));
    }
  }

  #serializerName({ serializer }: BlobReceiver): SerializerName {
    return (arrived.get(this.#blob)?.serializer ?? serializer).name;
  }
}
