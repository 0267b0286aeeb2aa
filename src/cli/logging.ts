import { type Command, Option } from "commander";
import { atLeast, fileLogger, type Logger, type LogLevel, SILENT } from "../log.ts";
import { processEnvironment, setting } from "../settings/environment.ts";
import { STDERR } from "../settings/logger.ts";

const LEVELS = ["debug", "info", "warn", "error", "silent"];

export interface LogOptions {
  readonly logLevel?: LogLevel | "silent";
  readonly logFile?: string;
  readonly verbose?: boolean;
}

export interface LogSpelling {
  /** Short names, where the Python program of the same purpose has them. */
  readonly short: readonly [level: string, file: string];
  /** Reads what the Python program would; undefined for what it would not read either. */
  readonly levelOf: (text: string) => LogLevel | "silent" | undefined;
}

/** Where a server's log lines go: two options that every command has that serves. */
export function addLogOptions(command: Command, spelling?: LogSpelling): Command {
  const [level = "", file = ""] = spelling?.short.map((name) => `${name}, `) ?? [];
  const option = new Option(
    `${level}--log-level <level>`,
    "from where on log lines are written (default: LOGLEVEL, else warn)",
  ).choices(LEVELS);
  const exactly = option.parseArg;
  if (spelling) {
    option.argParser((text: string, previous: unknown) =>
      exactly?.(spelling.levelOf(text) ?? text, previous),
    );
  }
  return command
    .addOption(option)
    .option(
      `${file}--log-file <file>`,
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
