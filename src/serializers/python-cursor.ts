import { SerializeError } from "../errors.ts";
import { BACKSLASH, FORM_FEED, HASH, NEWLINE, RETURN, SPACE, TAB } from "./characters.ts";
import { MAX_DEPTH } from "./serializer.ts";

/** What serpent writes first: a comment to Python, so a document without it is read as well. */
export const HEADER = "# serpent utf-8 python3.2\n";

/**
 * A place in a text of Python source, and what Python skips between tokens. The first layer of `SerpentDecoder`, which
 * is one class in four files: numbers, then strings, then containers build on this one.
 */
export class PythonCursor {
  protected readonly text: string;
  protected pos = 0;
  /** Open brackets. */
  protected depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Comments and empty lines, then the start of the expression, which may be indented in the first line only. */
  protected skipHead(): void {
    const text = this.text;
    if (text.startsWith(HEADER)) this.pos = HEADER.length;
    if (text.charCodeAt(this.pos) > HASH) return;
    let pos = 0;
    while (text.charCodeAt(pos) === SPACE || text.charCodeAt(pos) === TAB) pos++;
    for (let lineStart = pos; ; lineStart = pos) {
      while (isBlank(text.charCodeAt(pos))) pos++;
      let code = text.charCodeAt(pos);
      if (code === HASH) {
        pos = this.lineEnd(pos);
        code = text.charCodeAt(pos);
      } else if (code !== NEWLINE && code !== RETURN) {
        // A form feed starts the line anew.
        const indented = pos > lineStart && text.charCodeAt(pos - 1) !== FORM_FEED;
        this.pos = pos;
        if (indented) throw this.error("no indentation", lineStart);
        return;
      }
      if (Number.isNaN(code)) throw this.error("a value", pos);
      pos++;
    }
  }

  /** Nothing but blanks, comments and empty lines may follow the expression. */
  protected skipTail(): void {
    const text = this.text;
    this.peek();
    let pos = this.pos;
    for (;;) {
      const code = text.charCodeAt(pos);
      if (code === HASH) pos = this.lineEnd(pos);
      else if (code === NEWLINE || code === RETURN || isBlank(code)) pos++;
      else break;
    }
    if (pos < text.length) throw this.error("the end of the document", pos);
  }

  protected lineEnd(from: number): number {
    const text = this.text;
    let pos = from;
    while (pos < text.length && text.charCodeAt(pos) !== NEWLINE && text.charCodeAt(pos) !== RETURN)
      pos++;
    return pos;
  }

  /** Skips blanks, and within brackets also line ends and comments. Returns the character it stopped at, or NaN. */
  protected peek(): number {
    const text = this.text;
    for (;;) {
      const code = text.charCodeAt(this.pos);
      if (code > HASH && code !== BACKSLASH) return code;
      switch (code) {
        case SPACE:
        case TAB:
        case FORM_FEED:
          this.pos++;
          break;
        case NEWLINE:
        case RETURN:
          if (this.depth === 0) return code;
          this.pos++;
          break;
        case HASH:
          if (this.depth === 0) return code;
          this.pos = this.lineEnd(this.pos);
          break;
        case BACKSLASH:
          this.pos = this.afterContinuation(this.pos);
          break;
        default:
          return code;
      }
    }
  }

  /** A backslash at the end of a line joins it with the next. */
  protected afterContinuation(backslash: number): number {
    const end = this.afterLineEnd(backslash + 1);
    if (end === undefined || end === this.text.length)
      throw this.error("a line after the backslash", backslash);
    return end;
  }

  /** The position after the line end at `pos`; undefined if there is none. */
  protected afterLineEnd(pos: number): number | undefined {
    const code = this.text.charCodeAt(pos);
    if (code === NEWLINE) return pos + 1;
    if (code !== RETURN) return undefined;
    return this.text.charCodeAt(pos + 1) === NEWLINE ? pos + 2 : pos + 1;
  }

  protected open(): void {
    if (++this.depth > MAX_DEPTH) {
      const where = `character ${this.pos}`;
      throw new SerializeError(
        "ERR_TOO_DEEP",
        `serpent: more than ${MAX_DEPTH} open brackets at ${where}`,
      );
    }
    this.pos++;
  }

  protected close(): void {
    this.depth--;
    this.pos++;
  }

  protected error(expected: string, at: number = this.pos): SerializeError {
    const found = at < this.text.length ? JSON.stringify(this.text.slice(at, at + 20)) : "the end";
    const message = `serpent: expected ${expected} at character ${at}, found ${found}`;
    return new SerializeError("ERR_BAD_PAYLOAD", message);
  }
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB || code === FORM_FEED;
}
