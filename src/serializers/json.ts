import type { ByteWriter } from "../bytes/writer.ts";
import { documentText } from "./document.ts";
import { isNativeJson, JsonDecoder } from "./json-decoder.ts";
import { JsonEncoder } from "./json-encoder.ts";
import type { ClassHooks, Serializer } from "./serializer.ts";

/** From this many characters on, the runtime's own parser makes up for the scan that it needs before. */
const NATIVE_LENGTH = 512;

/**
 * JSON as Python writes and reads it: integers of any size, `1` apart from `1.0`, `NaN` and `Infinity` as bare tokens.
 * Tuples and sets arrive as arrays, dates as their text. Bytes travel as serpent has them, in a dict of base64 text.
 * @see spec/pyro.md 9.2
 */
export const json: Serializer = {
  name: "json",
  encode(value: unknown, out: ByteWriter, classes: ClassHooks): void {
    new JsonEncoder(value, out, classes).encode();
  },
  decode(bytes: Uint8Array, classes: ClassHooks): unknown {
    const text = documentText("json", bytes);
    if (text.length >= NATIVE_LENGTH && isNativeJson(text)) {
      try {
        return JSON.parse(text);
      } catch {
        // Our own parser says where the fault is, and what was expected there.
      }
    }
    return new JsonDecoder(text, classes).decode();
  },
};
