import type { ByteWriter } from "../bytes/writer.ts";
import { NdArray } from "../values/ndarray.ts";
import { bytesOf, headOf } from "../values/ndarray-wire.ts";
import { MAX_INT_DIGITS } from "../values/python-text.ts";
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
import { ARRAY_ALIGNMENT, BIGINT_LIMIT, Ext, elementTypeOf, ordinalOf } from "./msgpack-ext.ts";
import { notSerializable, tooDeep } from "./path.ts";
import { type ClassHooks, MAX_DEPTH } from "./serializer.ts";

const INT32_SPAN = 0x1_0000_0000;
const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;

/** Which of the format's codes the reader knows. */
export interface MsgpackForm {
  /** Whether to use the ext codes that only Bunsen reads. */
  readonly rich: boolean;
  /** Readers from before 2013 know no text of one length byte. */
  readonly oldText: boolean;
  /** To those, bytes are what text is: the old raw family. */
  readonly oldBytes: boolean;
}

/** Writes one value as MessagePack. Made anew for each value. */
export class MsgpackEncoder {
  readonly #out: ByteWriter;
  readonly #classes: ClassHooks;
  readonly #form: MsgpackForm;
  readonly #rich: boolean;
  readonly #root: unknown;
  /** Where the payload begins in what is written. */
  readonly #start: number;
  #depth = 0;

  constructor(root: unknown, out: ByteWriter, classes: ClassHooks, form: MsgpackForm) {
    this.#root = root;
    this.#out = out;
    this.#classes = classes;
    this.#form = form;
    this.#rich = form.rich;
    this.#start = out.length;
  }

  encode(): void {
    this.#value(this.#root);
  }

  #value(value: unknown): void {
    if (typeof value === "string") this.#text(value);
    else if (typeof value === "number") this.#number(value);
    else if (value === null || value === undefined) this.#out.u8(0xc0);
    else if (typeof value === "object") this.#object(value);
    else if (typeof value === "boolean") this.#out.u8(value ? 0xc3 : 0xc2);
    else if (typeof value === "bigint") this.#bigint(value);
    else if (typeof value === "function") this.#instance(value);
    else throw notSerializable(this.#root, value, "a symbol cannot be sent");
  }

  #object(value: object): void {
    if (Array.isArray(value)) {
      if (this.#rich && value instanceof Tuple) this.#wrapped(Ext.Tuple, () => this.#list(value));
      else this.#list(value);
    } else if (isPlainRecord(value)) this.#record(value);
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
    else if (value instanceof PlainDate) this.#plainDate(value);
    else if (value instanceof Complex) this.#complex(value);
    else if (value instanceof NdArray && this.#rich) {
      this.#wrapped(Ext.NdArray, () => this.#ndArray(value));
    } else if (value instanceof Ellipsis && this.#rich) this.#ext(Ext.Ellipsis, 0);
    else if (value instanceof Ellipsis) {
      throw notSerializable(this.#root, value, "msgpack has no Ellipsis");
    } else return false;
    return true;
  }

  #instance(value: object): void {
    const sent = replacement(this.#root, value, this.#classes);
    this.#value(sent);
  }

  #number(value: number): void {
    const out = this.#out;
    if (value >= 0 && value < 0x80 && (value | 0) === value) {
      if (value === 0 && Object.is(value, -0)) this.#float(value);
      else out.u8(value);
    } else if (!Number.isSafeInteger(value)) this.#float(value);
    else if (value >= 0) this.#positive(value);
    else if (value >= -0x20) out.u8(value);
    else if (value >= -0x80) {
      out.u8(0xd0);
      out.u8(value);
    } else if (value >= -0x8000) {
      out.u8(0xd1);
      out.u16(value);
    } else if (value >= -INT32_SPAN / 2) {
      out.u8(0xd2);
      out.u32(value);
    } else {
      out.u8(0xd3);
      out.safe64(value);
    }
  }

  #positive(value: number): void {
    const out = this.#out;
    if (value < 0x100) {
      out.u8(0xcc);
      out.u8(value);
    } else if (value < 0x1_0000) {
      out.u8(0xcd);
      out.u16(value);
    } else if (value < INT32_SPAN) {
      out.u8(0xce);
      out.u32(value);
    } else {
      out.u8(0xcf);
      out.safe64(value);
    }
  }

  #float(value: number): void {
    this.#out.u8f64(0xcb, value);
  }

  #bigint(value: bigint): void {
    const out = this.#out;
    if (value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)) {
      this.#number(Number(value));
    } else if (value >= INT64_MIN && value <= UINT64_MAX) {
      out.u8(value < 0n ? 0xd3 : 0xcf);
      out.u64(BigInt.asUintN(64, value));
    } else if (value >= BIGINT_LIMIT || value <= -BIGINT_LIMIT) {
      throw notSerializable(
        this.#root,
        value,
        `an integer of more than ${MAX_INT_DIGITS} digits cannot be sent`,
      );
    } else {
      const digits = `${value}`;
      this.#ext(Ext.BigInt, digits.length);
      out.latin1(digits);
    }
  }

  #text(text: string): void {
    const out = this.#out;
    const start = out.length;
    if (text.length < 0x20) {
      out.u8(0xa0 | text.length);
      if (out.shortAscii(text)) return;
      out.truncate(start);
    }
    if (!text.isWellFormed()) {
      throw notSerializable(this.#root, text, "text with a lone surrogate cannot be sent");
    }
    const count = Buffer.byteLength(text, "utf8");
    this.#textHeader(count, this.#form.oldText);
    out.utf8(text);
  }

  #textHeader(count: number, old: boolean): void {
    if (count < 0x20) this.#out.u8(0xa0 | count);
    else if (old && count < 0x100) {
      this.#out.u8(0xda);
      this.#out.u16(count);
    } else this.#sized(0xd9, 0xda, 0xdb, count);
  }

  #bytes(bytes: Uint8Array): void {
    if (this.#form.oldBytes) this.#textHeader(bytes.byteLength, true);
    else this.#sized(0xc4, 0xc5, 0xc6, bytes.byteLength);
    this.#out.bytes(bytes);
  }

  #list(list: readonly unknown[]): void {
    this.#enter();
    this.#listHeader(list.length);
    for (let i = 0; i < list.length; i++) this.#value(list[i]);
    this.#depth--;
  }

  #record(record: PlainRecord): void {
    this.#enter();
    const keys = Object.keys(record);
    this.#mapHeader(keys.length);
    for (const key of keys) {
      this.#text(key);
      this.#value(record[key]);
    }
    this.#depth--;
  }

  #map(map: ReadonlyMap<unknown, unknown>): void {
    if (this.#rich) this.#wrapped(Ext.Map, () => this.#mapEntries(map));
    else this.#mapEntries(map);
  }

  #mapEntries(map: ReadonlyMap<unknown, unknown>): void {
    this.#enter();
    this.#mapHeader(map.size);
    for (const [key, value] of map) {
      this.#value(key);
      this.#value(value);
    }
    this.#depth--;
  }

  #set(set: ReadonlySet<unknown>): void {
    if (!this.#rich) this.#list([...set]);
    else
      this.#wrapped(set instanceof FrozenSet ? Ext.FrozenSet : Ext.Set, () => this.#list([...set]));
  }

  /** A plain peer gets a list. Elements of float arrays stay floats, whatever their value. */
  #numbers(array: NumberArray): void {
    const elementType = this.#rich ? elementTypeOf(array) : undefined;
    if (elementType !== undefined) {
      this.#ext(Ext.TypedArray, 1 + array.byteLength);
      this.#out.u8(elementType);
      this.#out.bytes(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
      return;
    }
    this.#enter();
    this.#listHeader(array.length);
    const floats = holdsFloats(array);
    for (const element of array) {
      if (typeof element === "bigint") this.#bigint(element);
      else if (floats) this.#float(element);
      else this.#number(element);
    }
    this.#depth--;
  }

  #ndArray(array: NdArray): void {
    const { dtype, shape, order, unit } = headOf(array);
    this.#list([dtype, shape, order, unit]);
    const past = (this.#out.length - this.#start) % ARRAY_ALIGNMENT;
    if (past > 0) this.#out.fill(this.#out.reserve(ARRAY_ALIGNMENT - past), ARRAY_ALIGNMENT - past);
    this.#out.bytes(bytesOf(array));
  }

  /** To a plain peer, what Python calls naive: it reads the instant in its own time zone. */
  #date(date: Date): void {
    const ms = date.getTime();
    if (Number.isNaN(ms)) throw notSerializable(this.#root, date, "an invalid Date cannot be sent");
    if (this.#rich) {
      this.#ext(Ext.Instant, 8);
      this.#out.f64(ms);
    } else {
      this.#ext(Ext.DateTime, 8);
      this.#out.f64LE(ms / 1000);
    }
  }

  #plainDate(date: PlainDate): void {
    const ordinal = ordinalOf(date);
    if (ordinal === undefined) {
      throw notSerializable(this.#root, date, `${date} is no date of the years 1 to 9999`);
    }
    this.#ext(Ext.Date, 8);
    this.#out.i32LE(ordinal);
    this.#out.i32LE(0);
  }

  #complex(value: Complex): void {
    this.#ext(Ext.Complex, 16);
    this.#out.f64LE(value.re);
    this.#out.f64LE(value.im);
  }

  #listHeader(count: number): void {
    if (count < 0x10) this.#out.u8(0x90 | count);
    else this.#sized(undefined, 0xdc, 0xdd, count);
  }

  #mapHeader(count: number): void {
    if (count < 0x10) this.#out.u8(0x80 | count);
    else this.#sized(undefined, 0xde, 0xdf, count);
  }

  #sized(code8: number | undefined, code16: number, code32: number, count: number): void {
    const out = this.#out;
    if (code8 !== undefined && count < 0x100) {
      out.u8(code8);
      out.u8(count);
    } else if (count < 0x1_0000) {
      out.u8(code16);
      out.u16(count);
    } else if (count < INT32_SPAN) {
      out.u8(code32);
      out.u32(count);
    } else
      throw notSerializable(
        this.#root,
        this.#root,
        `${count} items are more than msgpack can count`,
      );
  }

  #ext(code: number, count: number): void {
    // fixext 1, 2, 4, 8, 16: 0xd4 + log2(count)
    if (count === 1 || count === 2 || count === 4 || count === 8 || count === 16) {
      this.#out.u8(0xd4 + 31 - Math.clz32(count));
    } else this.#sized(0xc7, 0xc8, 0xc9, count);
    this.#out.u8(code);
  }

  /** An ext whose data is msgpack again. Its length is known only afterwards, hence always in 32 bits. */
  #wrapped(code: number, write: () => void): void {
    const out = this.#out;
    out.u8(0xc9);
    const start = out.reserve(4);
    out.u8(code);
    write();
    out.setU32(start, out.length - start - 5);
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) throw tooDeep(this.#root);
  }
}
