import { fileLogger, type Logger, SILENT, stderrLogger } from "../log.ts";
import { type Environment, processEnvironment, setting } from "./environment.ts";

/** Where log lines go that no option speaks of: as LOGLEVEL and LOGFILE say, else warnings to standard error. */
export function environmentLogger(env: Environment = processEnvironment()): Logger {
  const level = setting("LOGLEVEL", env);
  const file = setting("LOGFILE", env);
  if (level === "silent") return SILENT;
  return file === STDERR ? stderrLogger(level) : fileLogger(file, level);
}

/** How Pyro writes it. */
export const STDERR = "{stderr}";
