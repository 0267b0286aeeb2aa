import { NdArray } from "../../values/ndarray.ts";
import { floatRepr, isoText } from "../../values/python-text.ts";
import { Complex, Ellipsis, Float, FrozenSet, PlainDate, Tuple } from "../../values/types.ts";

/** How values are written, for people to read or for Python to run. */
export interface Notation {
  /** Code that a Python program can run, not only a person read: `float("nan")` instead of `nan`. */
  readonly runs: boolean;
  /** What stands for bytes that are not written out, such as those of a file. */
  readonly bytes?: ((bytes: Uint8Array) => string | undefined) | undefined;
  /** What an object that is no value is called, such as a proxy. */
  readonly other?: ((value: object) => string | undefined) | undefined;
  /** Characters after which the rest is `…`; only for reading. */
  readonly atMost?: number | undefined;
}

const READING: Notation = { runs: false };

/** Width of a line of nested values. */
const LINE_CHARS = 88;

/** A value in Python's notation, which has one for everything that arrives, on as many lines as it needs. */
export function valueText(value: unknown, notation: Notation = READING): string {
  const writer = new Writer(notation);
  const text = writer.write(value, "");
  const { atMost = Number.POSITIVE_INFINITY } = notation;
  return text.length > atMost ? `${text.slice(0, atMost)}…` : text;
}

/** On one line, cut where it gets long: for tables and lists. */
export function shortText(value: unknown, notation: Notation = READING, atMost = 80): string {
  if (typeof value === "string") return cut(JSON.stringify(value), atMost);
  return cut(joined(valueText(value, { ...notation, atMost: 4 * atMost })), atMost);
}

/** Several lines as one. No line end is in a text: those are written as `\n`. */
function joined(text: string): string {
  return text
    .replace(/([[({])\n\s*/g, "$1")
    .replace(/,?\n\s*([\])}])/g, "$1")
    .replace(/\n\s*/g, " ");
}

function cut(text: string, atMost: number): string {
  return text.length > atMost ? `${text.slice(0, atMost - 1)}…` : text;
}

/** Bytes that are shown; what runs has them all. */
const SHOWN_BYTES = 48;

class Writer {
  readonly #notation: Notation;
  /** What is left to write for `atMost`: more would be made for nothing. */
  #left: number;

  constructor(notation: Notation) {
    this.#notation = notation;
    this.#left = notation.atMost ?? Number.POSITIVE_INFINITY;
  }

  write(value: unknown, indent: string): string {
    const text = this.#text(value, indent);
    this.#left -= text.length;
    return text;
  }

  #text(value: unknown, indent: string): string {
    switch (typeof value) {
      case "string":
        return pythonString(value);
      case "number":
        return this.#number(value);
      case "bigint":
        return `${value}`;
      case "boolean":
        return value ? "True" : "False";
      case "object":
        return value === null ? "None" : this.#object(value, indent);
      case "undefined":
        return "None";
      default:
        return this.#notation.other?.(value as object) ?? `<${typeof value}>`;
    }
  }

  #number(value: number): string {
    if (Number.isFinite(value)) {
      if (Number.isInteger(value) && Math.abs(value) < 1e16) {
        return Object.is(value, -0) ? "-0.0" : `${value}`;
      }
      return floatRepr(value);
    }
    const text = Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
    return this.#notation.runs ? `float("${text}")` : text;
  }

  #object(value: object, indent: string): string {
    if (value instanceof Float) {
      return Number.isFinite(value.value) ? floatRepr(value.value) : this.#number(value.value);
    }
    if (value instanceof Complex) return this.#complex(value);
    if (value instanceof Date) return this.#date(value);
    if (value instanceof PlainDate) {
      const { year, month, day } = value;
      return this.#notation.runs ? `datetime.date(${year}, ${month}, ${day})` : `${value}`;
    }
    if (value instanceof Ellipsis) return "...";
    if (value instanceof Uint8Array) return this.#bytes(value);
    if (value instanceof Tuple) {
      return this.#group("(", [...value], ")", indent, value.length === 1 ? "," : "");
    }
    if (Array.isArray(value)) return this.#group("[", value, "]", indent);
    if (value instanceof Set) return this.#set(value, indent);
    if (value instanceof Map) return this.#dict([...value], indent);
    const known = this.#notation.other?.(value);
    if (known !== undefined) return known;
    if (value instanceof NdArray) return arrayText(value);
    if (ArrayBuffer.isView(value)) {
      return this.#group("[", Array.from(value as unknown as Iterable<unknown>), "]", indent);
    }
    return this.#dict(Object.entries(value), indent);
  }

  #complex({ re, im }: Complex): string {
    if (this.#notation.runs) return `complex(${this.#number(re)}, ${this.#number(im)})`;
    const imaginary = this.#number(im);
    const sign = /^-/.test(imaginary) ? "" : "+";
    return `${this.#number(re)}${sign}${imaginary}j`;
  }

  #date(value: Date): string {
    const text = isoText(value) ?? `${value}`;
    return this.#notation.runs ? `datetime.datetime.fromisoformat("${text}")` : text;
  }

  #bytes(bytes: Uint8Array): string {
    const known = this.#notation.bytes?.(bytes);
    if (known !== undefined) return known;
    if (this.#notation.runs) return bytesLiteral(bytes);
    if (bytes.byteLength <= SHOWN_BYTES) return bytesLiteral(bytes);
    const shown = bytesLiteral(bytes.subarray(0, SHOWN_BYTES));
    return `${shown}… (${bytes.byteLength} bytes)`;
  }

  #set(value: Set<unknown>, indent: string): string {
    const items = [...value];
    if (items.length === 0) return value instanceof FrozenSet ? "frozenset()" : "set()";
    const text = this.#group("{", items, "}", indent);
    return value instanceof FrozenSet ? `frozenset(${text})` : text;
  }

  #dict(entries: readonly (readonly [unknown, unknown])[], indent: string): string {
    return this.#lines(
      "{",
      entries,
      "}",
      indent,
      ([key, item], inner) => `${this.write(key, inner)}: ${this.write(item, inner)}`,
    );
  }

  #group(
    open: string,
    items: readonly unknown[],
    close: string,
    indent: string,
    last = "",
  ): string {
    return this.#lines(open, items, last + close, indent, (item, inner) => this.write(item, inner));
  }

  /** On one line where it fits, else an item a line. */
  #lines<T>(
    open: string,
    items: readonly T[],
    close: string,
    indent: string,
    textOf: (item: T, indent: string) => string,
  ): string {
    const inner = `${indent}    `;
    const texts: string[] = [];
    for (const item of items) {
      // What nobody will see is not made.
      if (this.#left < 0) break;
      texts.push(textOf(item, inner));
    }
    const flat = `${open}${texts.join(", ")}${close}`;
    if (flat.length + indent.length <= LINE_CHARS && !flat.includes("\n")) return flat;
    // Many short ones stand side by side.
    const rows = filled(texts, LINE_CHARS - inner.length);
    return `${open}\n${inner}${rows.join(`,\n${inner}`)}${close.length > 1 ? "," : ""}\n${indent}${close.slice(-1)}`;
  }
}

/** What an array is of: its elements are for a plot or a table. */
export function arrayText({ dtype, shape, unit }: NdArray): string {
  return `<${dtype} array of ${shape.join(" × ")}${unit === undefined ? "" : ` in ${unit}`}>`;
}

/** Short texts together on lines of some width, long ones each for itself. */
function filled(texts: readonly string[], width: number): string[] {
  if (texts.some((text) => text.length > width / 4)) return [...texts];
  const rows: string[] = [];
  let row = "";
  for (const text of texts) {
    if (row !== "" && row.length + text.length + 2 > width) {
      rows.push(row);
      row = "";
    }
    row = row === "" ? text : `${row}, ${text}`;
  }
  if (row !== "") rows.push(row);
  return rows;
}

/** A text in Python's quotes. JSON's escapes are Python's, too, but for characters beyond the BMP, which need none. */
export function pythonString(text: string): string {
  // Half a surrogate pair alone is `\udXXX` in both.
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Python's `b"…"`. */
export function bytesLiteral(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    if (byte === 0x22 || byte === 0x5c) text += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += `\\x${byte.toString(16).padStart(2, "0")}`;
  }
  return `b"${text}"`;
}
