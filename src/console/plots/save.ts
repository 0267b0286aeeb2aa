import { saveAs } from "../parts/save.ts";

/** Has the browser save CSV as a file. */
export function saveCsv(pieces: Iterable<string>, name: string): void {
  const at = new Date().toISOString().replace(/[:.]/g, "-").slice(0, 19);
  saveAs(pieces, `${name.replace(/[^\w.-]+/g, "-").slice(0, 60)}-${at}.csv`, "text/csv");
}
