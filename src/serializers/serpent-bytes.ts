/** How serpent carries bytes, and json between two Bunsen peers: a dict of base64 text. */

import type { ByteWriter } from "../bytes/writer.ts";
import { SerializeError } from "../errors.ts";
import type { PlainRecord } from "../values/types.ts";

/**
 * The bytes that a value from serpent stands for: those of a bytes dict (`{data: "YWJj", encoding: "base64"}`), or the
 * value itself if it is bytes already, as it is after `serpent.decode`, which converts bytes dicts by itself.
 * @throws SerializeError `ERR_BAD_PAYLOAD` if the value is neither.
 * @see serpent `tobytes`
 */
export function serpentBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "object" && value !== null) {
    const { data, encoding } = value as { data?: unknown; encoding?: unknown };
    const bytes = encoding === "base64" && typeof data === "string" ? fromBase64(data) : undefined;
    if (bytes) return bytes;
  }
  const expected =
    'expected bytes, or a dict with base64 text as "data" and "base64" as "encoding"';
  throw new SerializeError("ERR_BAD_PAYLOAD", expected);
}

/** The bytes of a dict that holds them and nothing else, as an encoder writes it; undefined for any other. */
export function bytesOfDict(record: PlainRecord): Uint8Array | undefined {
  const { data, encoding } = record;
  if (encoding !== "base64" || typeof data !== "string") return undefined;
  return Object.keys(record).length === 2 ? fromBase64(data) : undefined;
}

/** Bytes that become one text at a time: no text of the runtime's holds 400 MB of base64. A multiple of 3. */
const BASE64_BYTES = 3 * 64 * 1024;

/** Writes bytes as base64. */
export function writeBase64(out: ByteWriter, bytes: Uint8Array): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < buffer.byteLength; at += BASE64_BYTES) {
    out.latin1(buffer.toString("base64", at, Math.min(at + BASE64_BYTES, buffer.byteLength)));
  }
}

/** Undefined if `text` is not base64 in the form that Python writes. */
function fromBase64(text: string): Uint8Array | undefined {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  if (text.length % 4 !== 0 || text.includes("-") || text.includes("_")) return undefined;
  const bytes = Buffer.from(text, "base64");
  // The runtime skips what is not base64, so a foreign character shows in the length.
  if (bytes.byteLength !== (text.length / 4) * 3 - padding) return undefined;
  // Small buffers share one block of memory, which the bytes must not keep alive.
  const shared = bytes.byteLength < bytes.buffer.byteLength;
  return shared ? new Uint8Array(bytes) : new Uint8Array(bytes.buffer);
}
