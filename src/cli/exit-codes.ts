import {
  BunsenError,
  CommunicationError,
  DaemonError,
  NamingError,
  SecurityError,
  TimeoutError,
} from "../errors.ts";
import { UsageError } from "./usage-error.ts";

/** How every `bunsen` command ends. Scripts rely on these numbers; `docs/cli.md` lists them. */
export const ExitCode = {
  Ok: 0,
  /** The remote code threw, or the command could not do its work here (a port is taken, a file is broken). */
  Failed: 1,
  /** The command line itself is wrong. */
  Usage: 2,
  /** Nothing answers there, it refuses, or there is no such name or object. */
  Unreachable: 3,
  /** No answer came in time; what was asked for may have been done. */
  Timeout: 4,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

const USAGE_CODES: ReadonlySet<string> = new Set([
  "ERR_BAD_URI",
  "ERR_BAD_URL",
  "ERR_BAD_OPTION",
  "ERR_BAD_REGEX",
  "ERR_BAD_SSH_HOST",
  "ERR_ENVIRONMENT",
  "ERR_NO_STATISTICS",
]);
/** Errors of this side, although their class is that of a conversation. */
const LOCAL_CODES: ReadonlySet<string> = new Set([
  "ERR_LISTEN",
  "ERR_NAME_LIMIT",
  "ERR_NAME_STORE",
  "ERR_NAME_TAKEN",
  "ERR_MESSAGE_TOO_LARGE",
  "ERR_NOTHING_EXPOSED",
  "ERR_ID_TAKEN",
]);

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return ExitCode.Usage;
  if (!(error instanceof BunsenError)) return ExitCode.Failed;
  if (LOCAL_CODES.has(error.code)) return ExitCode.Failed;
  if (USAGE_CODES.has(error.code)) return ExitCode.Usage;
  // Names come from a remote object too, but one that is missing is no failure of its code.
  if (error instanceof NamingError) return ExitCode.Unreachable;
  if (error.remote) return ExitCode.Failed;
  if (error instanceof TimeoutError) return ExitCode.Timeout;
  const unreachable = [CommunicationError, DaemonError, SecurityError];
  return unreachable.some((kind) => error instanceof kind) ? ExitCode.Unreachable : ExitCode.Failed;
}
