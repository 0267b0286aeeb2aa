/** Text out of bytes: what every binary decoder needs, and most of what decoding a small call costs. */

/** Up to this many bytes, the cache below beats a call into the runtime (about 60 ns). */
const CACHED_BYTES = 16;
const CACHE_SLOTS = 1024;

/**
 * Recent short ASCII texts. Object names, method names and keys come again with each call, and finding one here
 * takes a fifth of the time of making it anew. A slot holds one text: no peer can make the table grow, and the worst
 * it can do is to miss.
 */
const recent: string[] = new Array<string>(CACHE_SLOTS).fill("");

interface TextBuffer {
  latin1Slice(this: Uint8Array, start: number, end: number): string;
  utf8Slice(this: Uint8Array, start: number, end: number): string;
}
// Methods of Node's Buffer that work on any Uint8Array; @types/node does not list them.
const { latin1Slice, utf8Slice } = Buffer.prototype as unknown as TextBuffer;

/** The UTF-8 text in `bytes` from `start` to `end`, or undefined when it is not valid UTF-8. */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string | undefined {
  const short = end - start <= CACHED_BYTES ? readShortAscii(bytes, start, end) : undefined;
  if (short !== undefined) return short;
  const text = utf8Slice.call(bytes, start, end);
  // The runtime replaces what is invalid by U+FFFD, so text without it was valid. Texts that do hold one are rare
  // enough to be checked a second time.
  if (!text.includes("\ufffd")) return text;
  return readStrictly(bytes, start, end, false);
}

/** As `readUtf8`, but surrogates are let through, as Python's `surrogatepass` does. */
export function readWtf8(bytes: Uint8Array, start: number, end: number): string | undefined {
  const short = end - start <= CACHED_BYTES ? readShortAscii(bytes, start, end) : undefined;
  if (short !== undefined) return short;
  const text = utf8Slice.call(bytes, start, end);
  if (!text.includes("\ufffd")) return text;
  return readStrictly(bytes, start, end, true);
}

/** One character a byte: U+0000 to U+00FF. */
export function readLatin1(bytes: Uint8Array, start: number, end: number): string {
  const short = end - start <= CACHED_BYTES ? readShortAscii(bytes, start, end) : undefined;
  return short ?? latin1Slice.call(bytes, start, end);
}

function readShortAscii(bytes: Uint8Array, start: number, end: number): string | undefined {
  const count = end - start;
  if (count === 0) return "";
  // Four bytes are enough to tell names apart; the comparison then looks at all of them.
  let hash = (count << 8) ^ (bytes[start] as number);
  hash = (hash * 31) ^ (bytes[end - 1] as number);
  hash = (hash * 31) ^ (bytes[start + (count >> 1)] as number);
  hash = (hash * 31) ^ (bytes[end - 1 - (count >> 2)] as number);
  const slot = (hash ^ (hash >>> 10)) & (CACHE_SLOTS - 1);
  const found = recent[slot] as string;
  if (found.length === count) {
    let i = 0;
    while (i < count && found.charCodeAt(i) === bytes[start + i]) i++;
    if (i === count) return found;
  }
  for (let i = start; i < end; i++) {
    if ((bytes[i] as number) > 0x7f) return undefined;
  }
  const made = latin1Slice.call(bytes, start, end);
  recent[slot] = made;
  return made;
}

/** How many code units are gathered before they become text. */
const CHUNK_UNITS = 4096;

/** Decodes character by character, by the table of Unicode 16.0, 3.9, "Well-Formed UTF-8 Byte Sequences". */
function readStrictly(
  bytes: Uint8Array,
  start: number,
  end: number,
  surrogates: boolean,
): string | undefined {
  let text = "";
  let units: number[] = [];
  let at = start;
  while (at < end) {
    const first = bytes[at] as number;
    const more = first < 0x80 ? 0 : first < 0xc2 ? -1 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (more < 0 || first > 0xf4 || at + more >= end) return undefined;
    let point = more === 0 ? first : first & (0x3f >>> more);
    for (let i = 1; i <= more; i++) {
      const byte = bytes[at + i] as number;
      if ((byte & 0xc0) !== 0x80) return undefined;
      point = (point << 6) | (byte & 0x3f);
    }
    if (more === 2 && point < 0x800) return undefined;
    if (more === 3 && (point < 0x1_0000 || point > 0x10_ffff)) return undefined;
    if (!surrogates && (point & ~0x7ff) === 0xd800) return undefined;
    if (point > 0xffff) units.push(0xd7c0 + (point >>> 10), 0xdc00 | (point & 0x3ff));
    else units.push(point);
    if (units.length >= CHUNK_UNITS) {
      text += String.fromCharCode(...units);
      units = [];
    }
    at += more + 1;
  }
  return text + String.fromCharCode(...units);
}
