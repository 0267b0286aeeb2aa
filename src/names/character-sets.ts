type Range = readonly [first: number, last: number];
type Shorthand = { readonly unicode: string; readonly ascii: string };

const LAST = 0x10ffff;
const UNICODE_SPACES: readonly Range[] = [
  [0x9, 0xd],
  [0x1c, 0x20],
  [0x85, 0x85],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
];
const ASCII_SPACES: readonly Range[] = [
  [0x9, 0xd],
  [0x20, 0x20],
];
const ASCII_DIGITS: readonly Range[] = [[0x30, 0x39]];
const ASCII_WORD: readonly Range[] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];

/** What stands inside of a character class for Python's shorthands; they know Unicode unless the flag `a` is on. */
const SHORTHANDS: Readonly<Record<string, Shorthand>> = {
  d: { unicode: "\\p{Nd}", ascii: rangesText(ASCII_DIGITS) },
  D: { unicode: "\\P{Nd}", ascii: rangesText(complement(ASCII_DIGITS)) },
  s: { unicode: rangesText(UNICODE_SPACES), ascii: rangesText(ASCII_SPACES) },
  S: {
    unicode: rangesText(complement(UNICODE_SPACES)),
    ascii: rangesText(complement(ASCII_SPACES)),
  },
  w: { unicode: "\\p{L}\\p{N}_", ascii: rangesText(ASCII_WORD) },
  W: {
    get unicode() {
      return nonWordText();
    },
    ascii: rangesText(complement(ASCII_WORD)),
  },
};

/** `\d`, `\D`, `\s`, `\S`, `\w` or `\W`, for the inside of a character class of RE2. */
export function shorthand(letter: string, ascii: boolean): string {
  const found = SHORTHANDS[letter] as Shorthand;
  return ascii ? found.ascii : found.unicode;
}

let nonWord: string | undefined;

/** RE2 has no way to say "neither \p{L} nor \p{N}" inside of a class, so its ranges are written out. */
function nonWordText(): string {
  if (nonWord !== undefined) return nonWord;
  const letters = /[\p{L}\p{N}_]/u;
  const ranges: Range[] = [];
  let first: number | undefined;
  // Planes above the third hold no letters and no numbers.
  const end = 0x40000;
  for (let code = 0; code <= end; code++) {
    const isWord = code === end || letters.test(String.fromCodePoint(code));
    if (!isWord) {
      first ??= code;
    } else if (first !== undefined) {
      ranges.push([first, code === end ? LAST : code - 1]);
      first = undefined;
    }
  }
  nonWord = rangesText(ranges);
  return nonWord;
}

function complement(ranges: readonly Range[]): Range[] {
  const gaps: Range[] = [];
  let next = 0;
  for (const [first, last] of ranges) {
    if (first > next) gaps.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= LAST) gaps.push([next, LAST]);
  return gaps;
}

function rangesText(ranges: readonly Range[]): string {
  return ranges.map(([first, last]) => `${literal(first)}-${literal(last)}`).join("");
}

/** Letters and digits as they are, everything else by its number: so nothing is special to RE2. */
export function literal(codePoint: number): string {
  const char = String.fromCodePoint(codePoint);
  return /[0-9a-zA-Z]/.test(char) ? char : `\\x{${codePoint.toString(16)}}`;
}
