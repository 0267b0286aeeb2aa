import { readLatin1, readWtf8 } from "../bytes/text.ts";
import { SerializeError } from "../errors.ts";
import {
  type ClassDict,
  Complex,
  Ellipsis,
  FrozenSet,
  type PlainRecord,
  setKey,
  Tuple,
  tuple,
} from "../values/types.ts";
import { takeBytes } from "./built-ins.ts";
import { bigIntFromDigits } from "./marshal-integer.ts";
import { type ClassHooks, MAX_DEPTH } from "./serializer.ts";

/** The high bit of a type code: "remember this value, a back reference may follow". */
const REMEMBER = 0x80;
/** What the table of references holds while the value is being read. */
const UNFINISHED = Symbol("unfinished");
/** What `0` reads as: the end of a dict, and nothing else. */
const END_OF_DICT = Symbol("end of dict");

/**
 * How many bytes a document may grow by, if each back reference were written out. Decoding shares what is referenced
 * and stays small, but who then walks the value, to print it or to send it on, meets it as often as it is referenced:
 * a few dozen bytes of lists of lists can stand for 2^30 items. Real documents repeat names and small tuples.
 */
const MAX_EXPANSION_BYTES = 64 * 1024 * 1024;
/** V8 has no integers of more than 2^30 bits. */
const MAX_INTEGER_DIGITS = 2 ** 26;
const INT32_SPAN = 0x1_0000_0000;

/**
 * Reads one value as Python's `marshal.loads` does, versions 0 to 4, and what Python 2 writes. Made anew for each
 * document. References are read in the order in which CPython reserves them: a tuple, list, dict or set when it
 * starts, a scalar once it is read; None, booleans and Ellipsis never.
 */
export class MarshalDecoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #classes: ClassHooks;
  readonly #references: unknown[] = [];
  /** For each reference: the bytes its value would take if written out. */
  readonly #expandedSizes: number[] = [];
  /** The bytes that the back references so far would take if written out. */
  #expansion = 0;
  #at = 0;
  #depth = 0;

  constructor(bytes: Uint8Array, classes: ClassHooks) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#classes = classes;
  }

  /** Bytes after the value are ignored, as by Python. */
  decode(): unknown {
    return this.#value("a value");
  }

  #value(what: string): unknown {
    const start = this.#at;
    const value = this.#valueOrEnd();
    if (value === END_OF_DICT) throw this.#bad(start, `expected ${what}, found the end of a dict`);
    return value;
  }

  #valueOrEnd(): unknown {
    const start = this.#at;
    const flagged = this.#u8("a type code");
    const code = String.fromCharCode(flagged & ~REMEMBER);
    const singleton = singletonOf(code);
    if (singleton !== undefined) return singleton;
    if (code === "r") return this.#reference(start);
    if (code === "S") return this.#classes.fromWire(stopIteration());
    if (flagged < REMEMBER) return this.#content(code, start);
    return isContainer(code)
      ? this.#rememberedContainer(code, start)
      : this.#remembered(this.#content(code, start), start);
  }

  #rememberedContainer(code: string, start: number): unknown {
    const index = this.#references.push(UNFINISHED) - 1;
    this.#expandedSizes.push(0);
    const expansion = this.#expansion;
    const value = this.#content(code, start);
    this.#references[index] = value;
    this.#expandedSizes[index] = this.#at - start + this.#expansion - expansion;
    return value;
  }

  #remembered(value: unknown, start: number): unknown {
    this.#references.push(value);
    this.#expandedSizes.push(this.#at - start);
    return value;
  }

  #content(code: string, start: number): unknown {
    switch (code) {
      case "i":
        return this.#i32("an integer");
      case "I":
        return this.#int64();
      case "l":
        return this.#integer();
      case "g":
        return this.#float64();
      case "f":
        return this.#floatText();
      case "y":
        return new Complex(this.#float64(), this.#float64());
      case "x":
        return new Complex(this.#floatText(), this.#floatText());
      case "s":
        return this.#binary(this.#count("bytes"));
      case "u":
      case "t":
        return this.#text(this.#count("bytes of text"));
      case "a":
      case "A":
        return this.#ascii(this.#count("characters"));
      case "z":
      case "Z":
        return this.#ascii(this.#u8("a length"));
      case ")":
        return this.#tuple(this.#u8("a length"));
      case "(":
        return this.#tuple(this.#count("tuple items"));
      case "[":
        return this.#items([], this.#count("list items"));
      case "<":
        return this.#set(new Set());
      case ">":
        return this.#set(new FrozenSet());
      case "{":
        return this.#dict();
      case "R":
        throw this.#bad(start, "a string reference of Python 2 is not read by Python 3 either");
      default:
        throw this.#bad(start, `expected a type code of a value, found ${hexByte(code)}`);
    }
  }

  #reference(start: number): unknown {
    const index = this.#i32("the index of a reference");
    if (index < 0 || index >= this.#references.length) {
      const known = this.#references.length;
      throw this.#bad(start, `expected a reference to one of ${known} values, found ${index}`);
    }
    const value = this.#references[index];
    if (value === UNFINISHED) {
      throw this.#bad(start, "a value that contains itself is not accepted");
    }
    this.#expansion += this.#expandedSizes[index] as number;
    if (this.#expansion <= MAX_EXPANSION_BYTES) return value;
    const limit = `${MAX_EXPANSION_BYTES} bytes`;
    throw this.#bad(start, `back references repeat more than ${limit} of the document`);
  }

  #int64(): number | bigint {
    const start = this.#take(8, "an integer");
    const upper = this.#view.getInt32(start + 4, true);
    const value = upper * INT32_SPAN + this.#view.getUint32(start, true);
    return Number.isSafeInteger(value) ? value : this.#view.getBigInt64(start, true);
  }

  #integer(): number | bigint {
    const start = this.#at;
    const announced = this.#i32("a number of digits");
    const count = Math.abs(announced);
    if (count === 0) return 0;
    const first = this.#take(count * 2, "digits");
    if (count > MAX_INTEGER_DIGITS) throw this.#bad(start, `${count} digits are too many`);
    for (let at = first + 1; at < this.#at; at += 2) {
      if ((this.#bytes[at] as number) > 0x7f) throw this.#bad(at, "expected a digit of 15 bits");
    }
    if (this.#view.getUint16(this.#at - 2, true) === 0) {
      throw this.#bad(start, "expected an integer without leading zeros");
    }
    const magnitude = bigIntFromDigits(this.#bytes, first, count);
    const value = announced < 0 ? -magnitude : magnitude;
    const small = Number(value);
    return Number.isSafeInteger(small) ? small : value;
  }

  #float64(): number {
    return this.#view.getFloat64(this.#take(8, "a float"), true);
  }

  /** How versions 0 and 1 write floats. */
  #floatText(): number {
    const text = this.#ascii(this.#u8("a length"));
    const number =
      /^([+-]?)(?:(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)|(inf(?:inity)?)|nan)$/i;
    const [match, sign, decimal, infinite] = number.exec(text) ?? [];
    if (match === undefined) {
      throw this.#bad(this.#at - text.length, `expected a float, found ${JSON.stringify(text)}`);
    }
    const value = decimal ? Number(decimal) : infinite ? Number.POSITIVE_INFINITY : Number.NaN;
    return sign === "-" ? -value : value;
  }

  #binary(count: number): Uint8Array {
    const start = this.#take(count, "a byte string");
    return takeBytes(this.#bytes, start, this.#at);
  }

  #text(count: number): string {
    const start = this.#take(count, "text");
    const text = readWtf8(this.#bytes, start, this.#at);
    if (text === undefined) throw this.#bad(start, `expected ${count} bytes of UTF-8`);
    return text;
  }

  #ascii(count: number): string {
    const start = this.#take(count, "text");
    return readLatin1(this.#bytes, start, this.#at);
  }

  #tuple(count: number): Tuple {
    return this.#items(new Tuple(), count);
  }

  /** Items are added as they come: nested lists may each announce all the bytes that are left. */
  #items<List extends unknown[]>(list: List, count: number): List {
    this.#enter(count, "items");
    for (let i = 0; i < count; i++) list.push(this.#value("an item"));
    this.#depth--;
    return list;
  }

  #set<Members extends Set<unknown>>(members: Members): Members {
    const count = this.#count("set members");
    this.#enter(count, "members");
    for (let i = 0; i < count; i++) {
      this.#mustBeHashable("a set member");
      members.add(this.#value("a set member"));
    }
    this.#depth--;
    return members;
  }

  #dict(): unknown {
    this.#enter(0, "keys");
    const record: PlainRecord = {};
    let isClass = false;
    for (;;) {
      const key = this.#key();
      if (key === END_OF_DICT) break;
      if (typeof key !== "string") return this.#dictAfter(record, key);
      if (key === "__class__") isClass = true;
      setKey(record, key, this.#value("the value of a key"));
    }
    this.#depth--;
    if (!isClass || typeof record["__class__"] !== "string") return record;
    return this.#classes.fromWire(record as ClassDict);
  }

  /** The rest of a dict in which `first`, just read, is the first key that is not text. */
  #dictAfter(record: PlainRecord, first: unknown): Map<unknown, unknown> {
    const map = new Map<unknown, unknown>(Object.entries(record));
    for (let key = first; key !== END_OF_DICT; key = this.#key()) {
      map.set(key, this.#value("the value of a key"));
    }
    this.#depth--;
    return map;
  }

  #key(): unknown {
    this.#mustBeHashable("a key");
    return this.#valueOrEnd();
  }

  #mustBeHashable(what: string): void {
    const code = (this.#bytes[this.#at] ?? 0) & ~REMEMBER;
    const isMutable = code === 0x5b || code === 0x7b || code === 0x3c; // [ { <
    if (isMutable) throw this.#bad(this.#at, `expected ${what}, found a list, dict or set`);
  }

  #count(what: string): number {
    const at = this.#at;
    const count = this.#i32(`a number of ${what}`);
    if (count < 0) throw this.#bad(at, `expected a number of ${what}, found ${count}`);
    return count;
  }

  #i32(what: string): number {
    return this.#view.getInt32(this.#take(4, what), true);
  }

  #u8(what: string): number {
    return this.#bytes[this.#take(1, what)] as number;
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
    throw this.#bad(start, `expected ${what} of ${count} bytes, found ${left}`);
  }

  /** Begins a container of `count` values, which take a byte each at least. */
  #enter(count: number, what: string): void {
    const left = this.#bytes.length - this.#at;
    if (count > left) throw this.#bad(this.#at, `expected ${count} ${what}, found ${left} bytes`);
    if (++this.#depth <= MAX_DEPTH) return;
    const where = `marshal, byte ${this.#at}`;
    throw new SerializeError("ERR_TOO_DEEP", `${where}: nested deeper than ${MAX_DEPTH} levels`);
  }

  #bad(at: number, problem: string): SerializeError {
    return new SerializeError("ERR_BAD_PAYLOAD", `marshal, byte ${at}: ${problem}`);
  }
}

/** Values that a code alone stands for. They take no place among the references, flagged or not. */
function singletonOf(code: string): unknown {
  switch (code) {
    case "N":
      return null;
    case "T":
      return true;
    case "F":
      return false;
    case ".":
      return Ellipsis.value;
    case "0":
      return END_OF_DICT;
    default:
      return undefined;
  }
}

/** Python's class `StopIteration`, which marshal has a code for: read as the exception without arguments. */
function stopIteration(): ClassDict {
  const __class__ = "builtins.StopIteration";
  return { __class__, __exception__: true, args: tuple(), attributes: {} };
}

function isContainer(code: string): boolean {
  return (
    code === ")" || code === "(" || code === "[" || code === "{" || code === "<" || code === ">"
  );
}

function hexByte(code: string): string {
  return `0x${code.charCodeAt(0).toString(16).padStart(2, "0")}`;
}
