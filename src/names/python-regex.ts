import { literal, shorthand } from "./character-sets.ts";

/** Why a regular expression cannot be used, in Python's words where Python has some. */
export class RegexError extends Error {}

/**
 * Rewrites a regular expression in Python's syntax as one in RE2's that matches at the start of a text whenever
 * Python's `re.match` does. Groups do not capture and repeats are not lazy: only whether it matches is asked.
 *
 * Three things differ from Python: `$` without the flag `m` is the very end, not also the place before a last newline;
 * `\b` and `\B` know ASCII letters only; and what takes more than linear time (back-references, look-around,
 * conditions, atomic groups, possessive repeats), and the flag `x`, are refused.
 *
 * @throws {@link RegexError}
 * @see Python's documentation of `re`, "Regular Expression Syntax"; RE2's `syntax.txt`.
 */
export function translatePythonRegex(regex: string): string {
  return new Translator(regex).translate();
}

/** What stands before a repeat decides whether it may be repeated. */
type Last = "nothing" | "anchor" | "item" | "repeat";
type Escape =
  | { readonly kind: "char"; readonly codePoint: number }
  | { readonly kind: "set"; readonly text: string }
  | { readonly kind: "anchor"; readonly text: string };

interface Group {
  readonly start: number;
  /** Whether `\w` and the like outside of the group mean ASCII only. */
  readonly ascii: boolean;
}

const UNSUPPORTED = "is not supported (it can take exponential time)";
/** RE2 unrolls counted repeats, so it has a limit. */
const MAX_REPEAT = 1000;
const CONTROL: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };
const REFUSED_EXTENSIONS: Readonly<Record<string, string>> = {
  "=": "look-ahead",
  "!": "look-ahead",
  "<=": "look-behind",
  "<!": "look-behind",
  "(": "a condition",
  ">": "an atomic group",
};
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const ANCHORS: Readonly<Record<string, string>> = {
  A: "\\A",
  Z: "\\z",
  z: "\\z", // since Python 3.14
  b: "\\b",
  B: "\\B",
};

class Translator {
  /** Code points, since Python counts positions in them. */
  readonly #chars: readonly string[];
  readonly #groups: Group[] = [];
  /** Python counts the groups that capture; its messages name these numbers. */
  readonly #groupNumbers = new Map<string, number>();
  #groupCount = 0;
  #at = 0;
  #out = "";
  #globalFlags = "";
  #ascii = false;
  #last: Last = "nothing";

  constructor(regex: string) {
    this.#chars = [...regex];
  }

  translate(): string {
    while (this.#at < this.#chars.length) this.#part();
    const open = this.#groups.at(-1);
    if (open) throw fault("missing ), unterminated subpattern", open.start);
    const flags = this.#globalFlags === "" ? "" : `(?${this.#globalFlags})`;
    return `${flags}\\A(?:${this.#out})`;
  }

  #part(): void {
    const start = this.#at;
    const char = this.#next();
    switch (char) {
      case "\\":
        this.#emitEscape(this.#escape(start, false));
        break;
      case "[":
        this.#emit("item", this.#class(start));
        break;
      case "(":
        this.#openGroup(start);
        break;
      case ")":
        this.#closeGroup(start);
        break;
      case "|":
        this.#emit("nothing", "|");
        break;
      case "^":
      case "$":
        this.#emit("anchor", char);
        break;
      case ".":
        this.#emit("item", ".");
        break;
      default:
        this.#repeatOrLiteral(char, start);
    }
  }

  #emit(last: Last, text: string): void {
    this.#last = last;
    this.#out += text;
  }

  #emitEscape(read: Escape): void {
    if (read.kind === "char") this.#emit("item", literal(read.codePoint));
    else if (read.kind === "set") this.#emit("item", `[${read.text}]`);
    else this.#emit("anchor", read.text);
  }

  #repeatOrLiteral(char: string, start: number): void {
    const repeat = this.#repeat(char, start);
    if (repeat === undefined) this.#emit("item", literal(codePoint(char)));
    else this.#emitRepeat(repeat, start);
  }

  /** `*`, `+`, `?` and `{…}`, in RE2's form; undefined for anything else, such as a brace without numbers. */
  #repeat(char: string, start: number): string | undefined {
    if (char === "*" || char === "+" || char === "?") return char;
    if (char !== "{" || this.#peek() === "}") return undefined;
    const low = this.#digits();
    const high = this.#take(",") ? this.#digits() : low;
    if (!this.#take("}")) {
      this.#at = start + 1;
      return undefined;
    }
    const least = Number(low);
    const most = high === "" ? Number.POSITIVE_INFINITY : Number(high);
    if (most < least) throw fault("min repeat greater than max repeat", start + 1);
    if (least > MAX_REPEAT || (most > MAX_REPEAT && high !== "")) {
      throw fault(`a repeat count over ${MAX_REPEAT} is not supported`, start);
    }
    return high === "" ? `{${least},}` : `{${least},${most}}`;
  }

  #emitRepeat(repeat: string, start: number): void {
    if (this.#last === "nothing" || this.#last === "anchor")
      throw fault("nothing to repeat", start);
    if (this.#last === "repeat") throw fault("multiple repeat", start);
    this.#emit("repeat", repeat);
    if (this.#peek() === "+") throw fault(`a possessive repeat ${UNSUPPORTED}`, start);
    this.#take("?");
  }

  #openGroup(start: number): void {
    if (this.#take("?")) {
      this.#openExtension(start, this.#next());
    } else {
      this.#groupCount++;
      this.#enter(start, "(?:");
    }
  }

  /** `(?` and what follows. */
  #openExtension(start: number, char: string): void {
    if (char === ":") this.#enter(start, "(?:");
    else if (char === "P") this.#namedGroup(start);
    else if (char === "#") this.#comment(start);
    else if (/[-a-zA-Z]/.test(char)) this.#flags(start, char);
    else throw this.#refusedExtension(start, char);
  }

  #refusedExtension(start: number, char: string): RegexError {
    const text = char === "<" ? `<${this.#peek()}` : char;
    const what = REFUSED_EXTENSIONS[text];
    if (what === undefined) return fault(`unknown extension ?${text}`, start + 1);
    return fault(`${what} ${UNSUPPORTED}`, start);
  }

  #enter(start: number, text: string, ascii: boolean = this.#ascii): void {
    this.#groups.push({ start, ascii: this.#ascii });
    this.#ascii = ascii;
    this.#emit("nothing", text);
  }

  #closeGroup(start: number): void {
    const group = this.#groups.pop();
    if (!group) throw fault("unbalanced parenthesis", start);
    this.#ascii = group.ascii;
    this.#emit("item", ")");
  }

  #namedGroup(start: number): void {
    const char = this.#next();
    if (char === "=") throw fault(`a back-reference ${UNSUPPORTED}`, start);
    if (char !== "<") throw fault(`unknown extension ?P${char}`, start + 1);
    const nameAt = this.#at;
    const end = this.#chars.indexOf(">", nameAt);
    const name = this.#chars.slice(nameAt, end < 0 ? undefined : end).join("");
    if (name === "") throw fault("missing group name", nameAt);
    if (end < 0) throw fault("missing >, unterminated name", nameAt);
    if (!/^[\p{XIDS}_]\p{XIDC}*$/u.test(name)) {
      throw fault(`bad character in group name '${name}'`, nameAt);
    }
    const number = ++this.#groupCount;
    const other = this.#groupNumbers.get(name);
    if (other !== undefined) {
      const numbers = `as group ${number}; was group ${other}`;
      throw fault(`redefinition of group name '${name}' ${numbers}`, nameAt);
    }
    this.#groupNumbers.set(name, number);
    this.#at = end + 1;
    this.#enter(start, "(?:");
  }

  #comment(start: number): void {
    const end = this.#chars.indexOf(")", this.#at);
    if (end < 0) throw fault("missing ), unterminated comment", start);
    this.#at = end + 1;
  }

  /** `(?ims)` at the start of the whole, or `(?i-s:…)`. */
  #flags(start: number, first: string): void {
    let flags = first;
    while (/[-a-zA-Z]/.test(this.#peek())) flags += this.#next();
    const [on = "", off, ...more] = flags.split("-");
    const unknown = [...on, ...(off ?? "")].find((flag) => !"aiLmsux".includes(flag));
    if (unknown !== undefined || more.length > 0) throw fault("unknown flag", start + 2);
    if (/[Lx]/.test(on)) throw fault("the flags L and x are not supported", start + 2);
    if (/[aLu]/.test(off ?? "")) {
      throw fault("bad inline flags: cannot turn off flags 'a', 'u' and 'L'", start + 2);
    }
    const end = this.#next("missing -, : or )");
    const ascii = on.includes("a") || (this.#ascii && !on.includes("u"));
    const re2 = (letters: string) => letters.replace(/[aux]/g, "");
    if (end === ":") {
      const minus = re2(off ?? "") === "" ? "" : `-${re2(off ?? "")}`;
      this.#enter(start, `(?${re2(on)}${minus}:`, ascii);
      return;
    }
    if (end !== ")" || off !== undefined) throw fault("missing :", this.#at - 1);
    if (this.#out !== "") throw fault("global flags not at the start of the expression", start);
    this.#globalFlags += re2(on);
    this.#ascii = ascii;
  }

  #class(start: number): string {
    const negated = this.#take("^");
    const first = this.#at;
    let parts = "";
    while (this.#at === first || this.#peek() !== "]") parts += this.#classPart(start);
    this.#at++;
    return `[${negated ? "^" : ""}${parts}]`;
  }

  #classPart(start: number): string {
    const lowAt = this.#at;
    const low = this.#classItem(start);
    if (this.#peek() !== "-" || this.#chars[this.#at + 1] === "]") return classText(low);
    this.#at++;
    const high = this.#classItem(start);
    if (low.kind !== "char" || high.kind !== "char" || high.codePoint < low.codePoint) {
      const range = this.#chars.slice(lowAt, this.#at).join("");
      throw fault(`bad character range ${range}`, lowAt);
    }
    return `${classText(low)}-${classText(high)}`;
  }

  #classItem(start: number): Escape {
    const at = this.#at;
    if (at >= this.#chars.length) throw fault("unterminated character set", start);
    const char = this.#next();
    return char === "\\" ? this.#escape(at, true) : { kind: "char", codePoint: codePoint(char) };
  }

  /** @param start - Where the backslash is. */
  #escape(start: number, inClass: boolean): Escape {
    const char = this.#peek();
    if (char === "") throw fault("bad escape (end of pattern)", start);
    this.#at++;
    const control = inClass && char === "b" ? 8 : CONTROL[char];
    if (control !== undefined) return { kind: "char", codePoint: control };
    const digits = HEX_DIGITS[char];
    if (digits !== undefined) return this.#hex(start, digits);
    if (/[0-9]/.test(char)) return this.#octal(start, char, inClass);
    const anchor = inClass ? undefined : ANCHORS[char];
    if (anchor !== undefined) return { kind: "anchor", text: anchor };
    if (/[dDsSwW]/.test(char)) return { kind: "set", text: shorthand(char, this.#ascii) };
    if (char === "N") throw fault("a character by its name (\\N{…}) is not supported", start);
    if (/[a-zA-Z]/.test(char)) throw fault(`bad escape \\${char}`, start);
    return { kind: "char", codePoint: codePoint(char) };
  }

  #hex(start: number, count: number): Escape {
    const digits = this.#chars.slice(this.#at, this.#at + count).join("");
    const value = Number.parseInt(digits, 16);
    if (digits.length !== count || !/^[0-9a-fA-F]+$/.test(digits) || value > 0x10ffff) {
      const text = this.#chars.slice(start, this.#at + count).join("");
      throw fault(`incomplete escape ${text}`, start);
    }
    this.#at += count;
    return { kind: "char", codePoint: value };
  }

  /** In Python a backslash and digits is an octal number if it starts with 0 or has three octal digits. */
  #octal(start: number, first: string, inClass: boolean): Escape {
    let digits = first;
    while (digits.length < 3 && /[0-7]/.test(this.#peek()) && /[0-7]/.test(first)) {
      digits += this.#next();
    }
    const isOctal = /[0-7]/.test(first) && (inClass || first === "0" || digits.length === 3);
    if (!isOctal && inClass) throw fault(`bad escape \\${first}`, start);
    if (!isOctal) throw fault(`a back-reference ${UNSUPPORTED}`, start);
    const value = Number.parseInt(digits, 8);
    if (value > 0o377) {
      throw fault(`octal escape value \\${digits} outside of range 0-0o377`, start);
    }
    return { kind: "char", codePoint: value };
  }

  #digits(): string {
    let digits = "";
    while (/[0-9]/.test(this.#peek())) digits += this.#next();
    return digits;
  }

  #peek(): string {
    return this.#chars[this.#at] ?? "";
  }

  #take(char: string): boolean {
    if (this.#peek() !== char) return false;
    this.#at++;
    return true;
  }

  #next(messageAtEnd = "unexpected end of pattern"): string {
    const char = this.#chars[this.#at];
    if (char === undefined) throw fault(messageAtEnd, this.#at);
    this.#at++;
    return char;
  }
}

function classText(item: Escape): string {
  return item.kind === "char" ? literal(item.codePoint) : item.text;
}

function codePoint(char: string): number {
  return char.codePointAt(0) as number;
}

function fault(message: string, position: number): RegexError {
  return new RegexError(`${message} at position ${position}`);
}
