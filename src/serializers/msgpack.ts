import { MsgpackDecoder } from "./msgpack-decoder.ts";
import { MsgpackEncoder, type MsgpackForm } from "./msgpack-encoder.ts";
import type { Serializer } from "./serializer.ts";

const PLAIN: MsgpackForm = { rich: false, oldText: false, oldBytes: false };
const RICH: MsgpackForm = { ...PLAIN, rich: true };
const OLD: MsgpackForm = { ...PLAIN, oldText: true, oldBytes: true };

/**
 * MessagePack as Pyro speaks it. Our own codec, because it must write straight into a frame, tell `Float` from
 * integers, honour class hooks in the same walk, and bound depth and announced sizes.
 *
 * Tuples, sets and typed arrays arrive as lists, since the format has nothing else. A `Date` is sent as the naive
 * datetime of its instant, which a Python peer reads in its own time zone.
 */
export const msgpack: Serializer = {
  name: "msgpack",
  encode: (value, out, classes) => new MsgpackEncoder(value, out, classes, PLAIN).encode(),
  decode: (bytes, classes) => new MsgpackDecoder(bytes, classes, PLAIN).decode(),
};

/**
 * `msgpack` with the ext codes of Bunsen (`msgpack-ext.ts`): tuples, sets, maps, typed arrays, instants and `...`
 * survive. Only for peers that have said they are Bunsen: every other refuses these codes.
 */
export const msgpackRich: Serializer = {
  name: "msgpack",
  encode: (value, out, classes) => new MsgpackEncoder(value, out, classes, RICH).encode(),
  decode: (bytes, classes) => new MsgpackDecoder(bytes, classes, RICH).decode(),
};

/**
 * MessagePack as it was before it told text from bytes, for peers of that time (PyProximity's Python 2). What arrives is
 * text where it is valid UTF-8, else bytes. With `binary`, bytes are sent as newer readers have them.
 */
export const msgpackOld = (binary: boolean): Serializer => ({
  name: "msgpack",
  encode: (value, out, classes) =>
    new MsgpackEncoder(value, out, classes, { ...OLD, oldBytes: !binary }).encode(),
  decode: (bytes, classes) => new MsgpackDecoder(bytes, classes, OLD).decode(),
});
