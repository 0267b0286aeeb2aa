import { parseFloatText } from "../values/python-text.ts";
import { type ClassDict, Ellipsis, type PlainRecord, setKey, Tuple } from "../values/types.ts";
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  CLOSE_PAREN,
  COLON,
  COMMA,
  DOT,
  DOUBLE_QUOTE,
  HASH,
  MINUS,
  NEWLINE,
  NINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  OPEN_PAREN,
  PLUS,
  RETURN,
  SINGLE_QUOTE,
  ZERO,
} from "./characters.ts";
import { EqualKeys } from "./python-equality.ts";
import { PythonStrings } from "./python-strings.ts";
import type { ClassHooks } from "./serializer.ts";
import { bytesOfDict } from "./serpent-bytes.ts";

/**
 * Reads the Python literals that `ast.literal_eval` reads, by recursive descent over the text. One instance reads one
 * document.
 * @see spec/pyro.md 9.1, "Accepted input"
 */
export class SerpentDecoder extends PythonStrings {
  readonly #classes: ClassHooks;
  /** True within a dict key or set member, where no list, dict or set may stand. */
  #hashing = false;
  /**
   * By depth, the keys of the record read last: the rows of a table share their keys, and comparing beats reading anew.
   * Empty for a record with a key that was written with escapes.
   */
  readonly #keys: string[][] = [];
  /** Whether the key read last was written without escapes. */
  #plainKey = false;

  constructor(text: string, classes: ClassHooks) {
    super(text);
    this.#classes = classes;
  }

  decode(): unknown {
    const nul = this.text.indexOf("\0");
    if (nul >= 0) throw this.error("no NUL character", nul);
    this.skipHead();
    const first = this.#value();
    const value = this.peek() === COMMA ? this.#bareTuple(first) : first;
    this.skipTail();
    return value;
  }

  #value(): unknown {
    const code = this.peek();
    switch (code) {
      case SINGLE_QUOTE:
      case DOUBLE_QUOTE:
        return this.string(code);
      case OPEN_PAREN:
        return this.#parenthesised();
      case OPEN_BRACKET:
        return this.#list();
      case OPEN_BRACE:
        return this.#braces();
      case 0x4e:
        return this.#keyword("None", null);
      case 0x54:
        return this.#keyword("True", true);
      case 0x46:
        return this.#keyword("False", false);
      case 0x73:
        return this.#emptySet();
      case PLUS:
      case MINUS:
        return this.signedNumber(code);
      case DOT:
        if (this.text.startsWith("...", this.pos)) return this.#keyword("...", Ellipsis.value);
        return this.number();
      default:
        if (code >= ZERO && code <= NINE) return this.number();
        return this.prefixedString();
    }
  }

  /** What follows the word is judged by who asked for the value: neither `Nonesense` nor `None None` get past it. */
  #keyword<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.pos)) throw this.error("a value");
    this.pos += word.length;
    return value;
  }

  /** `set()` is what Python calls an empty set; serpent itself writes `()`. */
  #emptySet(): Set<unknown> {
    const start = this.pos;
    this.#keyword("set", null);
    if (this.peek() !== OPEN_PAREN) throw this.error("a value", start);
    this.#openUnhashable("set");
    if (this.peek() !== CLOSE_PAREN) throw this.error('")"');
    this.close();
    return new Set();
  }

  /** Opens the bracket of what Python cannot hash, and therefore takes for no key. */
  #openUnhashable(kind: "list" | "dict" | "set"): void {
    if (this.#hashing) throw this.error(`a dict key or set member, which no ${kind} can be`);
    this.open();
  }

  #list(): unknown[] {
    this.#openUnhashable("list");
    const items: unknown[] = [];
    if (this.peek() !== CLOSE_BRACKET) this.#itemsInto(items, CLOSE_BRACKET);
    this.close();
    return items;
  }

  /** Reads up to the closing bracket. The first item is not yet read, and there is one. */
  #itemsInto(items: unknown[], closing: number): void {
    for (;;) {
      items.push(this.#value());
      if (this.#separator(closing)) return;
    }
  }

  /** After a value: true at the closing bracket, false before another value. */
  #separator(closing: number): boolean {
    const code = this.peek();
    if (code === COMMA) {
      this.pos++;
      return this.peek() === closing;
    }
    if (code === closing) return true;
    throw this.error(`"," or "${String.fromCharCode(closing)}"`);
  }

  /** A tuple, or a value in parentheses. */
  #parenthesised(): unknown {
    this.open();
    if (this.peek() === CLOSE_PAREN) {
      this.close();
      return new Tuple();
    }
    const first = this.#value();
    const end = this.pos;
    if (this.peek() === COMMA) {
      const items = new Tuple();
      items.push(first);
      this.pos++;
      if (this.peek() !== CLOSE_PAREN) this.#itemsInto(items, CLOSE_PAREN);
      this.close();
      return items;
    }
    if (this.peek() !== CLOSE_PAREN) throw this.error('"," or ")"');
    this.close();
    if (this.numberEnd !== end) return first;
    this.numberEnd = this.pos;
    return this.sum(first);
  }

  /** `1, 2` without brackets, as Python allows around a whole document. */
  #bareTuple(first: unknown): Tuple {
    const items = new Tuple();
    items.push(first);
    while (this.peek() === COMMA) {
      this.pos++;
      const code = this.peek();
      if (Number.isNaN(code) || code === NEWLINE || code === RETURN || code === HASH) break;
      items.push(this.#value());
    }
    return items;
  }

  #braces(): unknown {
    const start = this.pos;
    this.#openUnhashable("dict");
    if (this.peek() === CLOSE_BRACE) {
      this.close();
      return {};
    }
    const first = this.#key(0);
    if (this.peek() !== COLON) return this.#set(first);
    return typeof first === "string" ? this.#record(first, start) : this.#map(new Map(), first);
  }

  #key(index: number): unknown {
    const code = this.peek();
    const start = this.pos;
    if (code === SINGLE_QUOTE || code === DOUBLE_QUOTE) {
      const expected = this.#keys[this.depth]?.[index];
      if (expected !== undefined && this.text.startsWith(expected, start + 1)) {
        const end = start + 1 + expected.length;
        if (this.text.charCodeAt(end) === code && this.text.charCodeAt(end + 1) === COLON) {
          this.pos = end + 1;
          this.#plainKey = true;
          return expected;
        }
      }
    }
    this.#hashing = true;
    const key = this.#value();
    this.#hashing = false;
    // Whatever an escape or a prefix stands for, it is shorter than its source.
    this.#plainKey = typeof key === "string" && this.pos - start === key.length + 2;
    return key;
  }

  /** A dict whose first key is text and was read. Goes over to a `Map` at the first key that is not. */
  #record(first: string, start: number): unknown {
    const record: PlainRecord = {};
    const keys: string[] = [];
    let plain = true;
    let special = false;
    for (let key: unknown = first; ; key = this.#key(keys.length)) {
      if (typeof key !== "string") return this.#map(mapOf(record, keys), key);
      plain &&= this.#plainKey;
      keys.push(key);
      const value = this.#valueOf();
      if (key.length >= 8 && (key === "__class__" || key === "encoding" || key === "__proto__")) {
        special ||= key !== "__proto__";
        setKey(record, key, value);
      } else {
        record[key] = value;
      }
      if (this.#separator(CLOSE_BRACE)) break;
    }
    this.#keys[this.depth] = plain ? keys : [];
    this.close();
    return special ? this.#special(record, start) : record;
  }

  /** The value of a dict entry whose key was read. */
  #valueOf(): unknown {
    if (this.peek() !== COLON) throw this.error('":"');
    this.pos++;
    return this.#value();
  }

  /** Goes on with a dict that has keys other than text, of which `first` was read. */
  #map(map: Map<unknown, unknown>, first: unknown): Map<unknown, unknown> {
    const equal = new EqualKeys();
    for (let key = first; ; key = this.#key(-1)) {
      map.set(equal.first(key), this.#valueOf());
      if (this.#separator(CLOSE_BRACE)) break;
    }
    this.close();
    return map;
  }

  #set(first: unknown): Set<unknown> {
    const set = new Set<unknown>();
    const equal = new EqualKeys();
    for (let member = first; ; member = this.#key(-1)) {
      set.add(equal.first(member));
      if (this.#separator(CLOSE_BRACE)) break;
    }
    this.close();
    return set;
  }

  /** Dicts that stand for something else: NaN, bytes, instances. */
  #special(record: PlainRecord, start: number): unknown {
    const name = record["__class__"];
    if (name === "float") return this.#classFloat(record["value"], start);
    if (typeof name === "string") return this.#classes.fromWire(record as ClassDict);
    return bytesOfDict(record) ?? record;
  }

  #classFloat(value: unknown, start: number): number {
    const float = typeof value === "string" ? parseFloatText(value) : Number(value);
    if (float === undefined || (typeof value !== "string" && typeof value !== "number")) {
      throw this.error("a float dict with the text of a number as its value", start);
    }
    return float;
  }
}

/** Not by the record's own order, in which keys such as "1" come first. */
function mapOf(record: PlainRecord, keys: readonly string[]): Map<unknown, unknown> {
  return new Map(keys.map((key) => [key, record[key]]));
}
