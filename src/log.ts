import { whenUsed } from "./when-used.ts";

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

/** Writes to standard error, one JSON line each, from `level` on. */
export function stderrLogger(level: LogLevel = "warn"): Logger {
  return pinoLogger(level, 2);
}

/**
 * Adds lines to a file, one of JSON each, from `level` on: time, level, message and fields. The file and its folder are
 * made with the first line, and an error of that (a folder that is read-only) is thrown there.
 */
export function fileLogger(path: string, level: LogLevel = "info"): Logger {
  return pinoLogger(level, path);
}

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

const pino: () => typeof import("pino").default = whenUsed("pino");

/** pino is loaded with the first line: most programs never write one. */
function pinoLogger(level: LogLevel, dest: number | string): Logger {
  let logger: Logger | undefined;
  const load = (): Logger => {
    const make = pino();
    return make(
      {
        name: "bunsen",
        level,
        timestamp: make.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      // Written at once: what a program said last, before it died, is what one looks for.
      make.destination({ dest, sync: true, mkdir: true }),
    );
  };
  return atLeast(level, (name, fields, message) => {
    logger ??= load();
    logger[name](fields, message);
  });
}

/** A logger that hands lines from `level` on to one function. */
export function atLeast(
  level: LogLevel,
  write: (level: LogLevel, fields: object, message: string) => void,
): Logger {
  const least = LEVELS.indexOf(level);
  const at = (name: LogLevel) => {
    if (LEVELS.indexOf(name) < least) return () => {};
    return (fields: object, message: string) => write(name, fields, message);
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
