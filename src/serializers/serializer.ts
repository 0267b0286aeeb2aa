import type { ByteWriter } from "../bytes/writer.ts";
import type { ClassDict } from "../values/types.ts";

/** The serializers that both ends know; none of them executes what it reads. */
export type SerializerName = "serpent" | "json" | "marshal" | "msgpack";

/**
 * How classes cross: handed to a serializer by the dialect, which knows the peer's generation and the daemon's objects.
 * A serializer itself knows only the value types (`values/types.ts` and the JavaScript built-ins).
 */
export interface ClassHooks {
  /**
   * Called with any object that is not a value type: an instance, an `Error`, a proxy, a function.
   * Returns a value to send in its place (usually a class dict), which is not asked about again,
   * though its members are. Throws `SerializeError` when it has no mapping.
   */
  toWire(value: object): unknown;
  /** Called with each dict whose `__class__` is text, innermost first; returns what the receiver gets in its place. */
  fromWire(record: ClassDict): unknown;
}

/** Values to bytes and back. Stateless; the same instance serves every connection at once. */
export interface Serializer {
  readonly name: SerializerName;
  /**
   * Appends the encoded `value` to `out`.
   * @throws SerializeError `ERR_NOT_SERIALIZABLE` for a value with no mapping, naming the path to it
   *   (`args[1].samples[3]: a function cannot be sent`), `ERR_TOO_DEEP` when nested deeper than `MAX_DEPTH`, or circular.
   *   What was written to `out` by then is for the caller to truncate.
   */
  encode(value: unknown, out: ByteWriter, classes: ClassHooks): void;
  /**
   * Reads one value from the whole of `bytes`. Byte strings in the result are copies, or views of `bytes` when they
   * make up most of it.
   * @throws SerializeError `ERR_BAD_PAYLOAD` when the bytes are no value of this format, `ERR_TOO_DEEP` when nested
   *   deeper than `MAX_DEPTH`. Takes time and memory linear in the input, whatever the bytes are.
   */
  decode(bytes: Uint8Array, classes: ClassHooks): unknown;
}

/** How deep lists and dicts may be nested, both ways: what Python's serpent manages. */
export const MAX_DEPTH = 200;
