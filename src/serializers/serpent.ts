import type { ByteWriter } from "../bytes/writer.ts";
import { documentText } from "./document.ts";
import { HEADER } from "./python-cursor.ts";
import type { ClassHooks, Serializer } from "./serializer.ts";
import { SerpentDecoder } from "./serpent-decoder.ts";
import { SerpentEncoder } from "./serpent-encoder.ts";

export { serpentBytes } from "./serpent-bytes.ts";

export interface SerpentOptions {
  /**
   * Write bytes as a bytes literal (`b'…'`) in place of a dict of base64 text. Smaller for text-like bytes, and bytes
   * may be dict keys; but only Python's serpent reads it. Default: false. Pyro5 calls it `SERPENT_BYTES_REPR`.
   */
  readonly bytesRepr?: boolean;
}

/**
 * Python literals as text: the default of Pyro. Bytes come back as bytes, though Python sends them as a dict; an empty
 * set arrives as an empty tuple, dates as their text.
 * @see spec/pyro.md 9.1
 */
export const serpent: Serializer = serpentWith({});

/** serpent with options for writing; what it reads does not depend on them. */
export function serpentWith(options: SerpentOptions): Serializer {
  const bytesRepr = options.bytesRepr ?? false;
  return {
    name: "serpent",
    encode(value: unknown, out: ByteWriter, classes: ClassHooks): void {
      out.latin1(HEADER);
      new SerpentEncoder(value, out, classes, bytesRepr).encode();
    },
    decode(bytes: Uint8Array, classes: ClassHooks): unknown {
      return new SerpentDecoder(documentText("serpent", bytes), classes).decode();
    },
  };
}
