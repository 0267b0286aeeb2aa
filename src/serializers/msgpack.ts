import { MsgpackDecoder } from "./msgpack-decoder.ts";
import { MsgpackEncoder } from "./msgpack-encoder.ts";
import type { Serializer } from "./serializer.ts";

/**
 * MessagePack as Pyro speaks it. Our own codec, because it must write straight into a frame, tell `Float` from
 * integers, honour class hooks in the same walk, and bound depth and announced sizes.
 *
 * Tuples, sets and typed arrays arrive as lists, since the format has nothing else. A `Date` is sent as the naive
 * datetime of its instant, which a Python peer reads in its own time zone.
 */
export const msgpack: Serializer = {
  name: "msgpack",
  encode: (value, out, classes) => new MsgpackEncoder(value, out, classes, false).encode(),
  decode: (bytes, classes) => new MsgpackDecoder(bytes, classes, false).decode(),
};

/**
 * `msgpack` with the ext codes of Bunsen (`msgpack-ext.ts`): tuples, sets, maps, typed arrays, instants and `...`
 * survive. Only for peers that have said they are Bunsen: every other refuses these codes.
 */
export const msgpackRich: Serializer = {
  name: "msgpack",
  encode: (value, out, classes) => new MsgpackEncoder(value, out, classes, true).encode(),
  decode: (bytes, classes) => new MsgpackDecoder(bytes, classes, true).decode(),
};
