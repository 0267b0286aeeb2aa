import { readLatin1, readUtf8 } from "../bytes/text.ts";
import { SerializeError } from "../errors.ts";
import type { NdArray } from "../values/ndarray.ts";
import { byteLengthOf, ndArrayFrom } from "../values/ndarray-wire.ts";
import { MAX_INT_DIGITS } from "../values/python-text.ts";
import {
  type ClassDict,
  Complex,
  Ellipsis,
  FrozenSet,
  type PlainRecord,
  setKey,
  Tuple,
} from "../values/types.ts";
import { takeBytes } from "./built-ins.ts";
import type { MsgpackForm } from "./msgpack-encoder.ts";
import { ARRAY_ALIGNMENT, dateFromOrdinal, Ext, typedArrayFrom } from "./msgpack-ext.ts";
import { type ClassHooks, MAX_DEPTH } from "./serializer.ts";

const INT32_SPAN = 0x1_0000_0000;
/** Memory for so many list items is taken on the strength of an announcement alone. */
const MAX_TRUSTED_ITEMS = 64;

/** Reads one value from MessagePack bytes. Made anew for each document. */
export class MsgpackDecoder {
  readonly #bytes: Uint8Array;
  readonly #classes: ClassHooks;
  /** Whether to read the ext codes that only Bunsen writes. */
  readonly #rich: boolean;
  /** What is no UTF-8 is bytes, from writers that have one family for both. */
  readonly #oldBytes: boolean;
  /** Over `#bytes`; made when the first float is read, since most small documents have none. */
  #floats: DataView | undefined;
  #at = 0;
  #depth = 0;

  constructor(
    bytes: Uint8Array,
    classes: ClassHooks,
    { rich, oldBytes }: Pick<MsgpackForm, "rich" | "oldBytes">,
  ) {
    this.#bytes = bytes;
    this.#classes = classes;
    this.#rich = rich;
    this.#oldBytes = oldBytes;
  }

  decode(): unknown {
    const value = this.#value();
    if (this.#at === this.#bytes.length) return value;
    const extra = this.#bytes.length - this.#at;
    throw this.#bad(this.#at, `expected the end of the document, found ${extra} more bytes`);
  }

  #value(): unknown {
    const code = this.#u8();
    if (code < 0x80) return code;
    if (code < 0x90) return this.#map(code & 0x0f);
    if (code < 0xa0) return this.#list(code & 0x0f);
    if (code < 0xc0) return this.#text(code & 0x1f);
    if (code >= 0xe0) return code - 0x100;
    return this.#longer(code);
  }

  #longer(code: number): unknown {
    switch (code) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return this.#binary(this.#u8());
      case 0xc5:
        return this.#binary(this.#u16());
      case 0xc6:
        return this.#binary(this.#u32());
      case 0xc7:
        return this.#ext(this.#u8());
      case 0xc8:
        return this.#ext(this.#u16());
      case 0xc9:
        return this.#ext(this.#u32());
      case 0xca:
        return this.#floatView().getFloat32(this.#take(4, "a float"));
      case 0xcb:
        return this.#floatView().getFloat64(this.#take(8, "a float"));
      case 0xcc:
        return this.#u8();
      case 0xcd:
        return this.#u16();
      case 0xce:
        return this.#u32();
      case 0xcf:
        return this.#int64(this.#u32());
      case 0xd0:
        return (this.#u8() << 24) >> 24;
      case 0xd1:
        return (this.#u16() << 16) >> 16;
      case 0xd2:
        return this.#u32() | 0;
      case 0xd3:
        return this.#int64(this.#u32() | 0);
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#ext(1 << (code - 0xd4));
      case 0xd9:
        return this.#text(this.#u8());
      case 0xda:
        return this.#text(this.#u16());
      case 0xdb:
        return this.#text(this.#u32());
      case 0xdc:
        return this.#list(this.#u16());
      case 0xdd:
        return this.#list(this.#u32());
      case 0xde:
        return this.#map(this.#u16());
      case 0xdf:
        return this.#map(this.#u32());
      default:
        throw this.#bad(this.#at - 1, "expected a value, found the reserved code 0xc1");
    }
  }

  #text(count: number): string | Uint8Array {
    const start = this.#take(count, "text");
    const text = readUtf8(this.#bytes, start, this.#at);
    if (text === undefined && this.#oldBytes) return takeBytes(this.#bytes, start, this.#at);
    if (text === undefined) throw this.#bad(start, `expected ${count} bytes of UTF-8`);
    return text;
  }

  #binary(count: number): Uint8Array {
    const start = this.#take(count, "a byte string");
    return takeBytes(this.#bytes, start, this.#at);
  }

  #list(count: number): unknown[] {
    this.#enter(count, "list items");
    // Past some size the list grows as items come: nested lists may each announce all the bytes that are left.
    const isShort = count <= MAX_TRUSTED_ITEMS;
    const list: unknown[] = isShort ? new Array(count) : this.#floatRun(count);
    for (let i = isShort ? 0 : list.length; i < count; i++) list[i] = this.#value();
    this.#depth--;
    return list;
  }

  /** The floats that a long list begins with: measurements come by the million, and this loop boxes none of them. */
  #floatRun(count: number): number[] {
    const bytes = this.#bytes;
    const view = this.#floatView();
    const run: number[] = [];
    let at = this.#at;
    while (run.length < count && bytes[at] === 0xcb && at + 9 <= bytes.length) {
      run.push(view.getFloat64(at + 1));
      at += 9;
    }
    this.#at = at;
    return run;
  }

  #map(count: number): unknown {
    this.#enter(count * 2, "map keys and values");
    const record: PlainRecord = {};
    let isClass = false;
    for (let i = 0; i < count; i++) {
      const key = this.#key();
      if (typeof key !== "string") return this.#mapAfter(record, key, count - i - 1);
      if (key === "__class__") isClass = true;
      setKey(record, key, this.#value());
    }
    this.#depth--;
    if (!isClass || typeof record["__class__"] !== "string") return record;
    return this.#classes.fromWire(record as ClassDict);
  }

  /** The rest of a map in which `key`, just read, is the first that is not text. */
  #mapAfter(record: PlainRecord, key: unknown, left: number): Map<unknown, unknown> {
    const map = new Map<unknown, unknown>(Object.entries(record));
    map.set(key, this.#value());
    for (let i = 0; i < left; i++) map.set(this.#key(), this.#value());
    this.#depth--;
    return map;
  }

  /** Python takes only text and bytes as keys; what it refuses of the other scalars harms nobody here. */
  #key(): unknown {
    const code = this.#bytes[this.#at] as number;
    if (code >= 0xa0 && code < 0xc0) {
      this.#at++;
      return this.#text(code & 0x1f);
    }
    const isContainer = (code >= 0x80 && code < 0xa0) || (code >= 0xdc && code <= 0xdf);
    if (isContainer) throw this.#bad(this.#at, "expected a map key, found a list or map");
    return this.#value();
  }

  #ext(count: number): unknown {
    const code = (this.#u8() << 24) >> 24;
    const start = this.#take(count, `the data of ext code ${code}`);
    switch (code) {
      case Ext.Complex:
        this.#expect(count === 16, start, "16 bytes of a complex number", count);
        return new Complex(
          this.#floatView().getFloat64(start, true),
          this.#floatView().getFloat64(start + 8, true),
        );
      case Ext.BigInt:
        return this.#bigint(start);
      case Ext.DateTime:
        this.#expect(count === 8, start, "8 bytes of a datetime", count);
        return this.#instant(start, Math.round(this.#floatView().getFloat64(start, true) * 1000));
      case Ext.Date:
        return this.#date(start);
      case Ext.Timestamp:
        return this.#timestamp(start);
      default:
        return this.#rich ? this.#richExt(code, start) : this.#unknownExt(code, start);
    }
  }

  #richExt(code: number, start: number): unknown {
    const count = this.#at - start;
    switch (code) {
      case Ext.Tuple:
        return tupleOf(this.#wrapped(start, code, isList) as unknown[]);
      case Ext.Set:
        return new Set(this.#wrapped(start, code, isList) as unknown[]);
      case Ext.FrozenSet:
        return new FrozenSet(this.#wrapped(start, code, isList) as unknown[]);
      case Ext.Map:
        return this.#wrapped(start, code, isMap);
      case Ext.TypedArray: {
        this.#expect(count > 0, start, "an element type", count);
        const elements = this.#bytes.subarray(start + 1, this.#at);
        const array = typedArrayFrom(this.#bytes[start] as number, elements);
        if (array) return array;
        throw this.#bad(start, "expected a known element type and a whole number of elements");
      }
      case Ext.Instant:
        this.#expect(count === 8, start, "8 bytes of a Date", count);
        return this.#instant(start, this.#floatView().getFloat64(start));
      case Ext.Ellipsis:
        this.#expect(count === 0, start, "no data in an Ellipsis", count);
        return Ellipsis.value;
      case Ext.NdArray:
        return this.#ndArray(start);
      default:
        return this.#unknownExt(code, start);
    }
  }

  #ndArray(start: number): NdArray {
    const end = this.#at;
    if (start === end || !isList(this.#bytes[start] as number)) {
      throw this.#bad(start, "expected a list in front of the elements of an array");
    }
    this.#at = start;
    const [dtype, shape, order, unit] = this.#value() as unknown[];
    const head = { dtype, shape, order, unit };
    const first = end - byteLengthOf(head);
    const padding = first - this.#at;
    if (padding < 0 || padding >= ARRAY_ALIGNMENT) {
      throw this.#bad(this.#at, `expected the elements of an array, found ${end - this.#at} bytes`);
    }
    this.#at = end;
    return ndArrayFrom(head, takeBytes(this.#bytes, first, end));
  }

  /** Ext data that is a msgpack list or map again, from `start` to where the decoder stands. */
  #wrapped(start: number, ext: number, fits: (code: number) => boolean): unknown {
    const end = this.#at;
    const code = start < end ? (this.#bytes[start] as number) : 0;
    if (!fits(code)) throw this.#bad(start, `expected a list or map in ext code ${ext}`);
    this.#at = start;
    const value = ext === Ext.Map ? this.#anyMap() : this.#value();
    if (this.#at === end) return value;
    throw this.#bad(end, `expected the data of ext code ${ext} to end here, not at ${this.#at}`);
  }

  /** A map with keys of any type, even lists. */
  #anyMap(): Map<unknown, unknown> {
    const code = this.#u8();
    const count = code < 0x90 ? code & 0x0f : code === 0xde ? this.#u16() : this.#u32();
    this.#enter(count * 2, "map keys and values");
    const map = new Map<unknown, unknown>();
    for (let i = 0; i < count; i++) map.set(this.#value(), this.#value());
    this.#depth--;
    return map;
  }

  #unknownExt(code: number, start: number): never {
    throw this.#bad(start, `ext code ${code} is not known`);
  }

  #bigint(start: number): number | bigint {
    const count = this.#at - start;
    // One more byte for the sign.
    const text = count <= MAX_INT_DIGITS + 1 ? readLatin1(this.#bytes, start, this.#at) : "";
    const [, sign, digits = ""] = /^([+-]?)(\d+)$/.exec(text) ?? [];
    if (digits === "" || digits.length > MAX_INT_DIGITS) {
      throw this.#bad(start, `expected an integer of at most ${MAX_INT_DIGITS} decimal digits`);
    }
    const magnitude = BigInt(digits);
    const value = sign === "-" ? -magnitude : magnitude;
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  #date(start: number): unknown {
    const count = this.#at - start;
    this.#expect(count === 8 || count === 4, start, "8 or 4 bytes of a date", count);
    const view = this.#floatView();
    // Valid ordinals need 22 bits: whatever the upper half of 8 bytes adds makes the date invalid.
    const upper = count === 8 ? view.getInt32(start + 4, true) : 0;
    const date = dateFromOrdinal(upper * INT32_SPAN + view.getInt32(start, true));
    if (date === undefined) throw this.#bad(start, "expected a date of the years 1 to 9999");
    return date;
  }

  #timestamp(start: number): Date {
    const count = this.#at - start;
    const view = this.#floatView();
    let seconds: number;
    let nanoseconds = 0;
    if (count === 4) seconds = view.getUint32(start);
    else if (count === 8) {
      nanoseconds = view.getUint32(start) >>> 2;
      seconds = (view.getUint32(start) & 3) * INT32_SPAN + view.getUint32(start + 4);
    } else {
      this.#expect(count === 12, start, "4, 8 or 12 bytes of a timestamp", count);
      nanoseconds = view.getUint32(start);
      seconds = Number(view.getBigInt64(start + 4));
    }
    this.#expect(nanoseconds < 1e9, start, "less than 1000000000 nanoseconds", nanoseconds);
    return this.#instant(start, seconds * 1000 + Math.floor(nanoseconds / 1e6));
  }

  #instant(start: number, ms: number): Date {
    const date = new Date(ms);
    if (!Number.isNaN(date.getTime())) return date;
    throw this.#bad(start, "expected a time within 100000000 days of 1970");
  }

  #u8(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw this.#bad(this.#at, "expected more bytes, found the end");
    this.#at++;
    return byte;
  }

  #u16(): number {
    const at = this.#take(2, "a number");
    const bytes = this.#bytes;
    return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  }

  #u32(): number {
    const at = this.#take(4, "a number");
    const bytes = this.#bytes;
    const upper = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    const lower = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
    return upper * 0x1_0000 + lower;
  }

  /** @param upper - The upper 32 bits, signed or not as the number is. */
  #int64(upper: number): number | bigint {
    const lower = this.#u32();
    const value = upper * INT32_SPAN + lower;
    if (Number.isSafeInteger(value)) return value;
    return (BigInt(upper) << 32n) | BigInt(lower);
  }

  /** Steps over `count` bytes and returns the offset of the first. */
  #take(count: number, what: string): number {
    const start = this.#at;
    const end = start + count;
    if (end <= this.#bytes.length) {
      this.#at = end;
      return start;
    }
    const left = this.#bytes.length - start;
    throw this.#bad(start, `expected ${count} bytes of ${what}, found ${left}`);
  }

  /** Begins a container of `count` values, which take a byte each at least. */
  #enter(count: number, what: string): void {
    const left = this.#bytes.length - this.#at;
    if (count > left) throw this.#bad(this.#at, `expected ${count} ${what}, found ${left} bytes`);
    if (++this.#depth <= MAX_DEPTH) return;
    const where = `msgpack, byte ${this.#at}`;
    throw new SerializeError("ERR_TOO_DEEP", `${where}: nested deeper than ${MAX_DEPTH} levels`);
  }

  #floatView(): DataView {
    this.#floats ??= viewOf(this.#bytes);
    return this.#floats;
  }

  #expect(isMet: boolean, at: number, what: string, found: number): void {
    if (!isMet) throw this.#bad(at, `expected ${what}, found ${found}`);
  }

  #bad(at: number, problem: string): SerializeError {
    return new SerializeError("ERR_BAD_PAYLOAD", `msgpack, byte ${at}: ${problem}`);
  }
}

function isList(code: number): boolean {
  return (code >= 0x90 && code < 0xa0) || code === 0xdc || code === 0xdd;
}

function isMap(code: number): boolean {
  return (code >= 0x80 && code < 0x90) || code === 0xde || code === 0xdf;
}

function tupleOf(items: readonly unknown[]): Tuple {
  const made = new Tuple();
  for (let i = 0; i < items.length; i++) made[i] = items[i];
  return made;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
