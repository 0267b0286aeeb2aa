const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);

/** The text of a UUID that came as 16 bytes, in the order of RFC 4122. */
export function bytesToUuid(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
    text += HEX[bytes[i] as number];
  }
  return text;
}

/**
 * The 16 bytes of a UUID.
 * @throws TypeError where the text is none.
 */
export function uuidToBytes(uuid: string): Uint8Array {
  const bytes = new Uint8Array(16);
  let digits = 0;
  for (let i = 0; i < uuid.length; i++) {
    const code = uuid.charCodeAt(i);
    if (code === HYPHEN) continue;
    const digit = digitOf(code);
    if (digit < 0 || digits === 32) throw notUuid(uuid);
    bytes[digits >> 1] = ((bytes[digits >> 1] as number) << 4) | digit;
    digits += 1;
  }
  if (digits !== 32) throw notUuid(uuid);
  return bytes;
}

const HYPHEN = 0x2d;

/** The value of a hexadecimal digit; -1 of what is none. */
function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function notUuid(text: string): TypeError {
  return new TypeError(`Expected \`correlationId\` to be a UUID, got ${JSON.stringify(text)}`);
}
