import { readUtf8 } from "../bytes/text.ts";
import { SerializeError } from "../errors.ts";

/**
 * The text that a payload of a text serializer is.
 * @param name - Of the serializer, for the error.
 * @throws SerializeError `ERR_BAD_PAYLOAD` for what is not UTF-8, or is longer than the runtime's texts can be.
 */
export function documentText(name: string, bytes: Uint8Array): string {
  let text: string | undefined;
  try {
    text = readUtf8(bytes, 0, bytes.byteLength);
  } catch (cause) {
    const why = `a payload of ${bytes.byteLength} bytes is more than one text can hold here; send large data in msgpack or marshal, or as a stream`;
    throw new SerializeError("ERR_BAD_PAYLOAD", `${name}: ${why}`, { cause });
  }
  if (text !== undefined) return text;
  throw new SerializeError("ERR_BAD_PAYLOAD", `${name}: not valid UTF-8`);
}
