import type { ByteWriter } from "../bytes/writer.ts";
import { floatRepr, isoText, MAX_INT_DIGITS } from "../values/python-text.ts";
import {
  Complex,
  Ellipsis,
  Float,
  isPlainRecord,
  isReference,
  PlainDate,
  type PlainRecord,
  Tuple,
} from "../values/types.ts";
import { asBytes, holdsFloats, type NumberArray, replacement } from "./built-ins.ts";
import { notSerializable, tooDeep } from "./path.ts";
import { describeKind } from "./plain-hooks.ts";
import { type ClassHooks, MAX_DEPTH } from "./serializer.ts";
import { writeBase64 } from "./serpent-bytes.ts";
import { bytesRepr, isPlainText, textRepr } from "./serpent-text.ts";

const QUOTE = 0x27;
const OPEN_PAREN = 0x28;
const CLOSE_PAREN = 0x29;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Writes one value as a serpent expression, without the header line. One instance serves one value.
 * @see spec/pyro.md 9.1
 */
export class SerpentEncoder {
  readonly #root: unknown;
  readonly #out: ByteWriter;
  readonly #classes: ClassHooks;
  readonly #bytesRepr: boolean;

  constructor(root: unknown, out: ByteWriter, classes: ClassHooks, bytesRepr: boolean) {
    this.#root = root;
    this.#out = out;
    this.#classes = classes;
    this.#bytesRepr = bytesRepr;
  }

  encode(): void {
    this.#value(this.#root, 0);
  }

  /** `depth` counts the brackets around the value. */
  #value(value: unknown, depth: number): void {
    switch (typeof value) {
      case "string":
        this.#text(value);
        break;
      case "number":
        if (!Number.isSafeInteger(value) || Object.is(value, -0)) this.#float(value, depth);
        else this.#out.latin1(`${value}`);
        break;
      case "boolean":
        this.#out.latin1(value ? "True" : "False");
        break;
      case "undefined":
        this.#out.latin1("None");
        break;
      case "object":
        if (value === null) this.#out.latin1("None");
        else this.#object(value, depth);
        break;
      case "bigint":
        this.#bigint(value);
        break;
      case "function":
        this.#instance(value, depth);
        break;
      default:
        throw notSerializable(this.#root, value, "a symbol cannot be sent");
    }
  }

  #object(value: object, depth: number): void {
    // The most frequent kinds first, told by their prototype alone.
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Array.prototype) this.#list(value as unknown[], depth);
    else if (prototype === Object.prototype && !isReference(value)) {
      this.#record(value as PlainRecord, depth);
    } else if (prototype === Tuple.prototype) this.#tuple(value as Tuple, depth);
    else if (!this.#builtin(value, depth)) this.#instance(value, depth);
  }

  /** Writes every value type of ours and of JavaScript; false for all other objects. */
  #builtin(value: object, depth: number): boolean {
    const bytes = asBytes(value);
    if (value instanceof Tuple) this.#tuple(value, depth);
    else if (Array.isArray(value)) this.#list(value, depth);
    else if (isPlainRecord(value)) this.#record(value, depth);
    else if (bytes) this.#bytes(bytes, depth);
    else if (ArrayBuffer.isView(value)) this.#numbers(value as NumberArray, depth);
    else if (value instanceof Map) this.#map(value, depth);
    else if (value instanceof Set) this.#set(value, depth);
    else if (value instanceof Float) this.#float(value.value, depth);
    else if (value instanceof Date) this.#text(this.#iso(value));
    else if (value instanceof PlainDate) this.#text(`${value}`);
    else if (value instanceof Complex) this.#complex(value, depth);
    else if (value instanceof Ellipsis) throw this.#refused(value, "Ellipsis");
    else return false;
    return true;
  }

  #refused(value: object, what: string): Error {
    return notSerializable(this.#root, value, `${what} cannot be sent by serpent`);
  }

  #instance(value: object, depth: number): void {
    this.#value(replacement(this.#root, value, this.#classes), depth);
  }

  /** Opens a bracket. Python refuses the 201st, also of a complex number or of a dict that stands for bytes. */
  #open(bracket: number, depth: number): void {
    if (depth >= MAX_DEPTH) throw tooDeep(this.#root);
    this.#out.u8(bracket);
  }

  #list(items: readonly unknown[], depth: number): void {
    this.#open(OPEN_BRACKET, depth);
    this.#items(items, depth + 1);
    this.#out.u8(CLOSE_BRACKET);
  }

  #tuple(items: readonly unknown[], depth: number): void {
    this.#open(OPEN_PAREN, depth);
    this.#items(items, depth + 1);
    if (items.length === 1) this.#out.u8(COMMA);
    this.#out.u8(CLOSE_PAREN);
  }

  #items(items: readonly unknown[], depth: number): void {
    for (let i = 0; i < items.length; i++) {
      if (i > 0) this.#out.u8(COMMA);
      this.#value(items[i], depth);
    }
  }

  #numbers(items: NumberArray, depth: number): void {
    const floats = holdsFloats(items);
    this.#open(OPEN_BRACKET, depth);
    for (let i = 0; i < items.length; i++) {
      if (i > 0) this.#out.u8(COMMA);
      const item = items[i];
      if (floats) this.#float(item as number, depth + 1);
      else this.#out.latin1(`${item}`);
    }
    this.#out.u8(CLOSE_BRACKET);
  }

  #record(record: PlainRecord, depth: number): void {
    this.#open(OPEN_BRACE, depth);
    const keys = Object.keys(record);
    for (let i = 0; i < keys.length; i++) {
      if (i > 0) this.#out.u8(COMMA);
      const key = keys[i] as string;
      this.#text(key);
      this.#out.u8(COLON);
      this.#value(record[key], depth + 1);
    }
    this.#out.u8(CLOSE_BRACE);
  }

  #map(map: ReadonlyMap<unknown, unknown>, depth: number): void {
    this.#open(OPEN_BRACE, depth);
    let first = true;
    for (const [key, value] of map) {
      if (!first) this.#out.u8(COMMA);
      first = false;
      this.#key(key, depth + 1);
      this.#out.u8(COLON);
      this.#value(value, depth + 1);
    }
    this.#out.u8(CLOSE_BRACE);
  }

  #set(set: ReadonlySet<unknown>, depth: number): void {
    // {} would be a dict, and set() is unknown to older Pythons.
    if (set.size === 0) {
      this.#tuple([], depth);
      return;
    }
    this.#open(OPEN_BRACE, depth);
    let first = true;
    for (const member of set) {
      if (!first) this.#out.u8(COMMA);
      first = false;
      this.#key(member, depth + 1);
    }
    this.#out.u8(CLOSE_BRACE);
  }

  /** A dict key or a set member. */
  #key(key: unknown, depth: number): void {
    const isNone = key === null || key === undefined;
    const why = isNone ? "None" : this.#unhashable(key);
    if (why)
      throw notSerializable(
        this.#root,
        key,
        `${why} cannot be a dict key or set member in serpent`,
      );
    this.#value(key, depth);
  }

  /** What it is in `key` that Python could not read as a key; undefined if it can. */
  #unhashable(key: unknown): string | undefined {
    if (typeof key === "number" || key instanceof Float) {
      return Number.isNaN(Number(key)) ? "NaN" : undefined;
    }
    if (typeof key === "symbol" || typeof key === "function") return describeKind(key);
    if (typeof key !== "object" || key === null || key instanceof Complex) return undefined;
    if (key instanceof Tuple) return this.#unhashableItem(key);
    if (!asBytes(key)) return describeKind(key);
    // As a dict they are no key: Python's serpent would write it, and Python refuse to read it.
    return this.#bytesRepr ? undefined : "bytes";
  }

  #unhashableItem(items: Tuple): string | undefined {
    for (const item of items) {
      // Within a tuple dates are the text they travel as.
      if (item instanceof Date || item instanceof PlainDate) continue;
      const why = this.#unhashable(item);
      if (why) return `a tuple with ${why}`;
    }
    return undefined;
  }

  #bigint(value: bigint): void {
    const text = `${value}`;
    const digits = value < 0n ? text.length - 1 : text.length;
    if (digits > MAX_INT_DIGITS) {
      const why = `an integer of more than ${MAX_INT_DIGITS} digits cannot be sent: Python does not read it`;
      throw notSerializable(this.#root, value, why);
    }
    this.#out.latin1(text);
  }

  #float(value: number, depth: number): void {
    if (!Number.isNaN(value)) {
      this.#out.latin1(floatText(value));
      return;
    }
    this.#open(OPEN_BRACE, depth);
    this.#out.latin1("'__class__':'float','value':'nan'}");
  }

  /**
   * Python's serpent writes what no Python reads for an imaginary part of -0 (`+-0.0j`) and for NaN. Here the first is
   * `-0.0j`, which arrives as 0, and the second is refused.
   */
  #complex(value: Complex, depth: number): void {
    const { re, im } = value;
    if (Number.isNaN(re) || Number.isNaN(im)) {
      const why =
        "a complex number with a NaN part cannot be sent by serpent: Python does not read it";
      throw notSerializable(this.#root, value, why);
    }
    this.#open(OPEN_PAREN, depth);
    const plus = im < 0 || Object.is(im, -0) ? "" : "+";
    this.#out.latin1(`${floatText(re)}${plus}${floatText(im)}j)`);
  }

  #iso(date: Date): string {
    const text = isoText(date);
    if (text !== undefined) return text;
    const why = "a date that is invalid or not in the years 1 to 9999 cannot be sent";
    throw notSerializable(this.#root, date, why);
  }

  #bytes(bytes: Uint8Array, depth: number): void {
    if (this.#bytesRepr) {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.#out.latin1(bytesRepr(buffer.toString("latin1")));
      return;
    }
    this.#open(OPEN_BRACE, depth);
    // The blanks are what Python's serpent writes, here and nowhere else.
    this.#out.latin1("'data': '");
    writeBase64(this.#out, bytes);
    this.#out.latin1("', 'encoding': 'base64'}");
  }

  #text(text: string): void {
    if (isPlainText(text)) {
      this.#out.u8(QUOTE);
      this.#out.latin1(text);
      this.#out.u8(QUOTE);
    } else {
      this.#out.utf8(textRepr(text));
    }
  }
}

/** No literal of Python's denotes infinity, but a float too large for a double reads as it. */
function floatText(value: number): string {
  if (Number.isFinite(value)) return floatRepr(value);
  return value > 0 ? "1e30000" : "-1e30000";
}
