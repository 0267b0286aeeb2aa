import type { ByteWriter } from "../bytes/writer.ts";
import { isoText } from "../values/python-text.ts";
import {
  Complex,
  Ellipsis,
  Float,
  FrozenSet,
  isPlainRecord,
  PlainDate,
  type PlainRecord,
  Tuple,
} from "../values/types.ts";
import { asBytes, holdsFloats, type NumberArray, replacement } from "./built-ins.ts";
import { digitsFromBigInt } from "./marshal-integer.ts";
import { notSerializable, tooDeep } from "./path.ts";
import { describeKind } from "./plain-hooks.ts";
import { type ClassHooks, MAX_DEPTH } from "./serializer.ts";

const INT32_MAX = 0x7fff_ffff;
const DIGIT_SPAN = 0x8000;

/** The type codes that are written: `ord` of the character in spec/pyro.md 9.3. */
const Code = {
  None: 0x4e, // N
  True: 0x54, // T
  False: 0x46, // F
  Ellipsis: 0x2e, // .
  Int32: 0x69, // i
  Integer: 0x6c, // l
  Float: 0x67, // g
  Complex: 0x79, // y
  Bytes: 0x73, // s
  Text: 0x75, // u
  Tuple: 0x28, // (
  List: 0x5b, // [
  Set: 0x3c, // <
  FrozenSet: 0x3e, // >
  Dict: 0x7b, // {
  Null: 0x30, // 0
} as const;

/**
 * Writes one value as Python's marshal version 2 does: no back references and no short forms, which every Python reads.
 * Made anew for each value.
 */
export class MarshalEncoder {
  readonly #out: ByteWriter;
  readonly #classes: ClassHooks;
  readonly #root: unknown;
  #depth = 0;

  constructor(root: unknown, out: ByteWriter, classes: ClassHooks) {
    this.#root = root;
    this.#out = out;
    this.#classes = classes;
  }

  encode(): void {
    this.#value(this.#root);
  }

  #value(value: unknown): void {
    if (typeof value === "string") this.#text(value);
    else if (typeof value === "number") this.#number(value);
    else if (value === null || value === undefined) this.#out.u8(Code.None);
    else if (typeof value === "object") this.#object(value);
    else if (typeof value === "boolean") this.#out.u8(value ? Code.True : Code.False);
    else if (typeof value === "bigint") this.#bigint(value);
    else if (typeof value === "function") this.#instance(value);
    else throw notSerializable(this.#root, value, "a symbol cannot be sent");
  }

  #object(value: object): void {
    if (Array.isArray(value)) this.#list(value instanceof Tuple ? Code.Tuple : Code.List, value);
    else if (isPlainRecord(value)) this.#record(value);
    else if (!this.#builtIn(value)) this.#instance(value);
  }

  /** Writes a value type that is no list or record; false when `value` is none. */
  #builtIn(value: object): boolean {
    const bytes = asBytes(value);
    if (bytes) this.#bytes(bytes);
    else if (ArrayBuffer.isView(value)) this.#numbers(value as NumberArray);
    else if (value instanceof Float) this.#float(value.value);
    else if (value instanceof Map) this.#map(value);
    else if (value instanceof Set) this.#set(value);
    else if (value instanceof Date) this.#date(value);
    else if (value instanceof PlainDate) this.#text(`${value}`);
    else if (value instanceof Complex) this.#complex(value);
    else if (value instanceof Ellipsis) this.#out.u8(Code.Ellipsis);
    else return false;
    return true;
  }

  #instance(value: object): void {
    this.#value(replacement(this.#root, value, this.#classes));
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) this.#float(value);
    else if ((value | 0) === value) {
      this.#out.u8(Code.Int32);
      this.#out.i32LE(value);
    } else this.#safeInteger(value);
  }

  #safeInteger(value: number): void {
    const digits: number[] = [];
    for (let rest = Math.abs(value); rest > 0; rest = Math.floor(rest / DIGIT_SPAN)) {
      digits.push(rest % DIGIT_SPAN);
    }
    this.#out.u8(Code.Integer);
    this.#out.i32LE(value < 0 ? -digits.length : digits.length);
    for (const digit of digits) this.#out.u16LE(digit);
  }

  #bigint(value: bigint): void {
    if (value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)) {
      this.#number(Number(value));
      return;
    }
    const digits = digitsFromBigInt(value < 0n ? -value : value);
    this.#out.u8(Code.Integer);
    this.#out.i32LE(value < 0n ? -digits.length : digits.length);
    for (const digit of digits) this.#out.u16LE(digit);
  }

  #float(value: number): void {
    this.#out.u8(Code.Float);
    this.#out.f64LE(value);
  }

  #complex(value: Complex): void {
    this.#out.u8(Code.Complex);
    this.#out.f64LE(value.re);
    this.#out.f64LE(value.im);
  }

  #text(text: string): void {
    const out = this.#out;
    out.u8(Code.Text);
    const start = out.reserve(4);
    const count = out.wtf8(text);
    this.#check(count, text);
    out.setI32LE(start, count);
  }

  #date(date: Date): void {
    const text = isoText(date);
    if (text !== undefined) this.#text(text);
    else {
      const why = "a date that is invalid or not in the years 1 to 9999 cannot be sent";
      throw notSerializable(this.#root, date, why);
    }
  }

  #bytes(bytes: Uint8Array): void {
    this.#header(Code.Bytes, bytes.byteLength, bytes);
    this.#out.bytes(bytes);
  }

  #list(code: number, list: readonly unknown[]): void {
    this.#enter();
    this.#header(code, list.length, list);
    for (let i = 0; i < list.length; i++) this.#value(list[i]);
    this.#depth--;
  }

  /** Elements of float arrays stay floats, whatever their value. */
  #numbers(array: NumberArray): void {
    this.#enter();
    this.#header(Code.List, array.length, array);
    const floats = holdsFloats(array);
    for (const element of array) {
      if (typeof element === "bigint") this.#bigint(element);
      else if (floats) this.#float(element);
      else this.#number(element);
    }
    this.#depth--;
  }

  #set(set: ReadonlySet<unknown>): void {
    this.#enter();
    this.#header(set instanceof FrozenSet ? Code.FrozenSet : Code.Set, set.size, set);
    for (const member of set) {
      this.#mustBeHashable(member, "a set cannot hold");
      this.#value(member);
    }
    this.#depth--;
  }

  #record(record: PlainRecord): void {
    this.#enter();
    this.#out.u8(Code.Dict);
    for (const key of Object.keys(record)) {
      this.#text(key);
      this.#value(record[key]);
    }
    this.#out.u8(Code.Null);
    this.#depth--;
  }

  #map(map: ReadonlyMap<unknown, unknown>): void {
    this.#enter();
    this.#out.u8(Code.Dict);
    for (const [key, value] of map) {
      this.#mustBeHashable(key, "the key of a dict cannot be");
      this.#value(key);
      this.#value(value);
    }
    this.#out.u8(Code.Null);
    this.#depth--;
  }

  /** Python would refuse the whole message, with a `TypeError` that says nothing about where. */
  #mustBeHashable(value: unknown, cannot: string): void {
    if (typeof value !== "object" || value === null) return;
    const isMutable =
      (Array.isArray(value) && !(value instanceof Tuple)) ||
      (value instanceof Set && !(value instanceof FrozenSet)) ||
      value instanceof Map ||
      isPlainRecord(value);
    if (!isMutable) return;
    const why = `in Python, ${cannot} ${describeKind(value)}; use a Tuple or a FrozenSet`;
    throw notSerializable(this.#root, value, why);
  }

  #header(code: number, count: number, value: unknown): void {
    this.#check(count, value);
    this.#out.u8(code);
    this.#out.i32LE(count);
  }

  #check(count: number, value: unknown): void {
    if (count <= INT32_MAX) return;
    throw notSerializable(this.#root, value, `${count} items are more than marshal can count`);
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) throw tooDeep(this.#root);
  }
}
