import { MarshalDecoder } from "./marshal-decoder.ts";
import { MarshalEncoder } from "./marshal-encoder.ts";
import type { Serializer } from "./serializer.ts";

/**
 * Python's marshal. Reads versions 0 to 4 and writes version 2, the last without back references: what CPython
 * writes in later versions depends on reference counts inside the process.
 *
 * Python itself converts classes only at the top and in direct arguments, and fails on an instance inside a list or
 * dict. We convert at any depth, both ways: a Python peer reads that, though it could not have written it.
 * @see spec/pyro.md 9.3
 */
export const marshal: Serializer = {
  name: "marshal",
  encode: (value, out, classes) => new MarshalEncoder(value, out, classes).encode(),
  decode: (bytes, classes) => new MarshalDecoder(bytes, classes).decode(),
};
