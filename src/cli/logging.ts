import { type Command, Option } from "commander";
import { atLeast, fileLogger, type Logger, type LogLevel, SILENT } from "../log.ts";
import { processEnvironment, setting } from "../settings/environment.ts";
import { STDERR } from "../settings/logger.ts";

export interface LogOptions {
  readonly logLevel?: LogLevel | "silent";
  readonly logFile?: string;
  readonly verbose?: boolean;
}

/** Where a server's log lines go: two options that every command has that serves. */
export function addLogOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--log-level <level>",
        "from where on log lines are written (default: LOGLEVEL, else warn)",
      ).choices(["debug", "info", "warn", "error", "silent"]),
    )
    .option(
      "--log-file <file>",
      "add log lines to this file, one of JSON each (default: LOGFILE, else standard error)",
    );
}

/** Log lines go to the file, else as text to the person who started it: standard output is for what scripts read. */
export function loggerFrom({ logLevel, logFile, verbose }: LogOptions): Logger {
  const env = processEnvironment();
  const level = logLevel ?? (verbose ? "debug" : setting("LOGLEVEL", env));
  const file = logFile ?? setting("LOGFILE", env);
  if (level === "silent") return SILENT;
  if (file !== STDERR) return fileLogger(file, level);
  return atLeast(level, (name, fields, message) => {
    console.error(`bunsen: ${name}: ${message} ${JSON.stringify(fields)}`);
  });
}
