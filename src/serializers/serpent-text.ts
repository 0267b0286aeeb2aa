/** Text and bytes as Python's `repr` writes them. */

/** Python's `str.isprintable`, reversed; the space is the one separator that is printable. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped
const UNPRINTABLE_BYTE = /[\0-\x1f\x7f-\xff]/g;
const NOT_PLAIN = /[^\x20-\x26\x28-\x5b\x5d-\x7e]/;
/** From this length on a regular expression finds characters faster than a loop. */
const LONG_TEXT = 40;

/** True for text that stands between single quotes as it is: printable ASCII without `'` and `\`. */
export function isPlainText(text: string): boolean {
  const { length } = text;
  if (length >= LONG_TEXT) return !NOT_PLAIN.test(text);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e || code === 0x27 || code === 0x5c) return false;
  }
  return true;
}

/** `text` as Python's `repr` writes it, with its quotes. Characters that are unassigned to us but not to Python differ. */
export function textRepr(text: string): string {
  return quoted(text).replace(UNPRINTABLE, escaped);
}

/** A bytes literal of the bytes in `latin1`, one character a byte. */
export function bytesRepr(latin1: string): string {
  return `b${quoted(latin1).replace(UNPRINTABLE_BYTE, escaped)}`;
}

/** Python's choice of quotes: double ones only if that saves escaping single ones. */
function quoted(text: string): string {
  const slashed = text.includes("\\") ? text.replaceAll("\\", "\\\\") : text;
  if (!slashed.includes("'")) return `'${slashed}'`;
  if (!slashed.includes('"')) return `"${slashed}"`;
  return `'${slashed.replaceAll("'", "\\'")}'`;
}

function escaped(character: string): string {
  const code = character.codePointAt(0) as number;
  if (code === 0x0a) return "\\n";
  if (code === 0x0d) return "\\r";
  if (code === 0x09) return "\\t";
  if (code <= 0xff) return `\\x${hex(code, 2)}`;
  return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
