/** The first bytes as people look at them: offset, hex, and what is text in them. */
export function hexLines(bytes: Uint8Array, most = 256): string[] {
  const lines: string[] = [];
  for (let at = 0; at < Math.min(bytes.byteLength, most); at += 16) {
    const row = bytes.subarray(at, Math.min(at + 16, most));
    const hex = Array.from(row, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const text = Array.from(row, (byte) =>
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".",
    ).join("");
    lines.push(`${at.toString(16).padStart(6, "0")}  ${hex.padEnd(47)}  ${text}`);
  }
  return lines;
}

/** `17 bytes`, `1.4 kB`, `12 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), 4);
  const size = bytes / 1000 ** power;
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${["kB", "MB", "GB", "TB"][power - 1]}`;
}
