/** Has the browser save something as a file; what a file cannot be called is left out of its name. */
export function saveAs(parts: Iterable<BlobPart>, name: string, type?: string): void {
  const url = URL.createObjectURL(new Blob([...parts], type === undefined ? {} : { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name.replace(/[^\w.-]+/g, "-");
  link.click();
  // Not before the browser has begun.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
