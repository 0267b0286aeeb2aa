import { basename } from "node:path";

/** How far a file has come, for people: on a terminal, and nowhere else. */
export interface Progress {
  /** @param total - Bytes in all, once that is known. */
  update(bytes: number, total: number | undefined): void;
  /** Leaves the terminal as it was found. */
  stop(): void;
}

const QUIET: Progress = { update: () => {}, stop: () => {} };
const MIB = 1024 * 1024;
const BAR_CHARACTERS = 30;
/** Milliseconds from one drawing to the next. */
const REDRAW_MS = 100;
/** To the beginning of the line, which is emptied. */
const CLEAR_LINE = "\r\x1b[K";

/** A bar on standard error; nothing where that is no terminal, so that logs hold no control characters. */
export function progressOf(file: string): Progress {
  if (process.stderr.isTTY !== true) return QUIET;
  const name = basename(file);
  let first: { readonly bytes: number; readonly at: number } | undefined;
  let drawnAt = 0;
  return {
    update(bytes, total) {
      const now = Date.now();
      first ??= { bytes, at: now };
      if (now - drawnAt < REDRAW_MS) return;
      drawnAt = now;
      // What an earlier attempt brought is not of this one's speed.
      const seconds = Math.max((now - first.at) / 1000, REDRAW_MS / 1000);
      const rate = `${mebibytes((bytes - first.bytes) / seconds)}/s`;
      process.stderr.write(`${CLEAR_LINE}${name}  ${state(bytes, total)}  ${rate}`);
    },
    stop() {
      if (drawnAt > 0) process.stderr.write(CLEAR_LINE);
    },
  };
}

function state(bytes: number, total: number | undefined): string {
  if (total === undefined) return mebibytes(bytes);
  const part = total === 0 ? 1 : Math.min(1, bytes / total);
  const done = Math.round(part * BAR_CHARACTERS);
  const bar = "█".repeat(done) + "░".repeat(BAR_CHARACTERS - done);
  return `${bar} ${Math.floor(part * 100)}% of ${mebibytes(total)}`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
