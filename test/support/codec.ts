import { ByteWriter } from "../../src/bytes/writer.ts";
import { PLAIN_HOOKS } from "../../src/serializers/plain-hooks.ts";
import type { ClassHooks, Serializer } from "../../src/serializers/serializer.ts";
import { Complex, isPlainRecord, PlainDate, setKey } from "../../src/values/types.ts";
import { NoCounterpart } from "./tagged.ts";
import { fromHex, type Vector, vectors } from "./vectors.ts";

/** The bytes of `value`, without classes unless told. */
export function encoded(
  serializer: Serializer,
  value: unknown,
  hooks: ClassHooks = PLAIN_HOOKS,
): Buffer {
  const out = new ByteWriter();
  serializer.encode(value, out, hooks);
  return out.take();
}

/** What `error` is thrown with, to compare it as a whole: `[code, message]`. Anything but a thrown error fails. */
export function failure(run: () => unknown): [code: string, message: string] {
  try {
    run();
  } catch (error) {
    return [(error as { code: string }).code, (error as Error).message];
  }
  throw new Error("expected a failure");
}

/** The serialized payloads of the recorded messages of `file`, with the value that each of them is. */
export function recordedPayloads(file: "pyro4" | "pyro5", serializer: string): Payload[] {
  const headerBytes = file === "pyro5" ? 40 : 24;
  return vectors(file)
    .filter(({ payload }) => payload?.serializer === serializer && payload.value !== undefined)
    .map((vector) => ({
      name: vector.name,
      bytes: payloadBytes(vector, headerBytes),
      value: vector["payload"].value,
    }));
}

export interface Payload {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Tagged JSON. */
  readonly value: unknown;
}

function payloadBytes(vector: Vector, headerBytes: number): Uint8Array {
  if (vector["decompressedHex"]) return fromHex(vector["decompressedHex"]);
  return fromHex(vector.hex).subarray(headerBytes + vector["header"].annotationsLength);
}

/**
 * Replaces what the vectors describe as a msgpack extension, or as a naive datetime, by the value that we make of it.
 * Written apart from the codec, so that the two check each other. The recordings ran in UTC.
 */
export function withExtensions(value: unknown): unknown {
  if (value instanceof NoCounterpart) return extension(value);
  if (Array.isArray(value)) return value.map(withExtensions);
  if (typeof value !== "object" || value === null || !isPlainRecord(value)) return value;
  const record = {};
  for (const [key, inner] of Object.entries(value)) setKey(record, key, withExtensions(inner));
  return record;
}

function extension({ tag, content }: NoCounterpart): unknown {
  if (tag === "datetime") return new Date(`${content}Z`);
  if (tag === "timestamp") {
    const [seconds, nanoseconds] = content as [number, number];
    return new Date(seconds * 1000 + Math.floor(nanoseconds / 1e6));
  }
  if (tag !== "ext") return new NoCounterpart(tag, content);
  const [code, hex] = content as [number, string];
  const data = Buffer.from(hex, "hex");
  if (code === 0x30) return new Complex(data.readDoubleLE(0), data.readDoubleLE(8));
  if (code === 0x31) {
    const integer = BigInt(data.toString("latin1"));
    return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
  }
  if (code === 0x32) return new Date(data.readDoubleLE(0) * 1000);
  // Days since 0001-01-01, which JavaScript can count from too.
  const day = new Date("0001-01-01T00:00:00Z");
  day.setUTCDate(day.getUTCDate() + Number(data.readBigInt64LE(0)) - 1);
  return new PlainDate(day.getUTCFullYear(), day.getUTCMonth() + 1, day.getUTCDate());
}
