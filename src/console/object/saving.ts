/** Has the browser save bytes, or text, as a file. */
export function save(content: Uint8Array | string, name: string): void {
  const url = URL.createObjectURL(new Blob([content as BlobPart]));
  const link = document.createElement("a");
  link.href = url;
  link.download = name.replace(/[^\w.-]+/g, "-");
  link.click();
  // Not before the browser has begun.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
