import type { Logger, LogLevel } from "../../log.ts";

/** The levels of Python's logging, by which an administrator sets how much a manager logs. */
const LEVELS: ReadonlyMap<string, number> = new Map([
  ["DEBUG", 10],
  ["INFO", 20],
  ["WARNING", 30],
  ["WARN", 30],
  ["ERROR", 40],
  ["CRITICAL", 50],
  ["FATAL", 50],
]);

/** What Python's logging means by a name or a number; undefined where it is none. */
function numberOf(level: unknown): number | undefined {
  const text = typeof level === "string" ? level.trim().toUpperCase() : level;
  const number = typeof text === "string" ? (LEVELS.get(text) ?? Number(text || Number.NaN)) : text;
  return typeof number === "number" && Number.isInteger(number) ? number : undefined;
}

/** The level of ours that lets through the same lines; we have none above `error`. */
export function levelNamed(text: string): LogLevel | "silent" | undefined {
  const number = numberOf(text);
  if (number === undefined) return undefined;
  if (number > 50) return "silent";
  return number <= 10 ? "debug" : number <= 20 ? "info" : number <= 30 ? "warn" : "error";
}

/** A logger that lets through what is at least as grave as its level. */
export class LeveledLogger implements Logger {
  readonly #logger: Logger;
  #level = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Takes a name or a number of Python's levels; false for what is none. */
  setLevel(level: unknown): boolean {
    const number = numberOf(level);
    if (number === undefined) return false;
    this.#level = number;
    return true;
  }

  debug(fields: object, message: string): void {
    if (this.#level <= 10) this.#logger.debug(fields, message);
  }

  info(fields: object, message: string): void {
    if (this.#level <= 20) this.#logger.info(fields, message);
  }

  warn(fields: object, message: string): void {
    if (this.#level <= 30) this.#logger.warn(fields, message);
  }

  error(fields: object, message: string): void {
    if (this.#level <= 40) this.#logger.error(fields, message);
  }
}
