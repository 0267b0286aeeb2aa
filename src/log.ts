import { createRequire } from "node:module";

/** What the library writes log lines to. A pino logger fits, and so does anything with these four. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Says nothing. */
export const SILENT: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
};

/** How grave a log line is, from the least to the most. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/**
 * Writes to standard error, one JSON line each, from `level` on. pino is loaded with the first line: most programs
 * never write one.
 */
export function stderrLogger(level: LogLevel = "warn"): Logger {
  let pino: Logger | undefined;
  const load = (): Logger => {
    const make = createRequire(import.meta.url)("pino") as typeof import("pino").default;
    return make({ name: "bunsen", level }, make.destination({ dest: 2, sync: true }));
  };
  const threshold = LEVELS.indexOf(level);
  const writer =
    (name: LogLevel) =>
    (fields: object, message: string): void => {
      if (LEVELS.indexOf(name) < threshold) return;
      pino ??= load();
      pino[name](fields, message);
    };
  return {
    debug: writer("debug"),
    info: writer("info"),
    warn: writer("warn"),
    error: writer("error"),
  };
}

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];
