import { ByteWriter } from "../bytes/writer.ts";
import { setKey } from "../values/types.ts";
import { HEADER } from "./python-cursor.ts";
import type { ClassHooks, Serializer, SerializerName } from "./serializer.ts";

/** Entries that are written at a time: a fraction of a millisecond, for short ones. */
const CHUNK_ENTRIES = 250;

/** What is yielded: one thing done. */
const CHUNK = [undefined] as const;

/** How a format writes a record of so many entries: what comes before, between and after them. */
interface Shape {
  /** Writes what comes before the entries. */
  open(out: ByteWriter, count: number): void;
  /** How long that is. */
  openBytes(count: number): number;
  readonly between: string;
  readonly close: string;
}

const SHAPES: Readonly<Record<SerializerName, Shape>> = {
  serpent: bracketed(`${HEADER}{`, ",", "}"),
  json: bracketed("{", ", ", "}"),
  marshal: bracketed("{", "", "0"),
  msgpack: {
    open(out, count) {
      if (count < 0x10) out.u8(0x80 | count);
      else if (count < 0x1_0000) {
        out.u8(0xde);
        out.u16(count);
      } else {
        out.u8(0xdf);
        out.u32(count);
      }
    },
    openBytes: (count) => (count < 0x10 ? 1 : count < 0x1_0000 ? 3 : 5),
    between: "",
    close: "",
  },
};

function bracketed(open: string, between: string, close: string): Shape {
  return {
    open: (out) => void out.latin1(open),
    openBytes: () => open.length,
    between,
    close,
  };
}

/**
 * Writes a record as `serializer.encode` does, and yields between two chunks of it; it must not change meanwhile. Each
 * chunk is a record of its own, whose brackets are left out.
 * @throws SerializeError as `encode`.
 */
export function* encodeGradually(
  record: Readonly<Record<string, unknown>>,
  serializer: Serializer,
  out: ByteWriter,
  classes: ClassHooks,
): Generator<readonly [undefined]> {
  const { open, openBytes, between, close } = SHAPES[serializer.name];
  const keys = Object.keys(record);
  open(out, keys.length);
  const scratch = new ByteWriter();
  for (let i = 0; i < keys.length; i += CHUNK_ENTRIES) {
    const chunk = keys.slice(i, i + CHUNK_ENTRIES);
    scratch.truncate(0);
    serializer.encode(pick(record, chunk), scratch, classes);
    if (i > 0) out.latin1(between);
    const end = scratch.length - close.length;
    out.bytes(scratch.view().subarray(openBytes(chunk.length), end));
    yield CHUNK;
  }
  out.latin1(close);
}

function pick(
  record: Readonly<Record<string, unknown>>,
  keys: readonly string[],
): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const key of keys) setKey(picked, key, record[key]);
  return picked;
}
