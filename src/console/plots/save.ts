/** Has the browser save CSV as a file. */
export function saveCsv(pieces: Iterable<string>, name: string): void {
  const url = URL.createObjectURL(new Blob([...pieces], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  const at = new Date().toISOString().replace(/[:.]/g, "-").slice(0, 19);
  link.download = `${name.replace(/[^\w.-]+/g, "-").slice(0, 60)}-${at}.csv`;
  link.click();
  // Not before the browser has begun.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
