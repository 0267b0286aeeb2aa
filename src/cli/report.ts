import { BunsenError } from "../errors.ts";

/**
 * Says on standard error what went wrong: one line that starts with `bunsen:`, below it the remote traceback where
 * remote code threw, and the local stack only when it was asked for.
 */
export function report(error: unknown, verbose: boolean): void {
  const remote = error instanceof BunsenError ? error.remote : undefined;
  warn(oneLine(error));
  if (verbose) {
    console.error(error instanceof Error ? error.stack : error);
    for (let cause = causeOf(error); cause !== undefined; cause = causeOf(cause)) {
      console.error("caused by:", cause instanceof Error ? cause.stack : cause);
    }
  } else if (remote && remote.traceback !== "") {
    console.error(remote.traceback.trimEnd().replace(/^/gm, "  | "));
  }
}

/** Something that a person should know, on standard error: standard output belongs to scripts. */
export function warn(text: string): void {
  console.error(`bunsen: ${text}`);
}

function oneLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A name in front only where the message does not say what kind of error it is.
  const known =
    error instanceof BunsenError || error.name === "UsageError" || error.name === "Error";
  const text = known ? error.message : `${error.name}: ${error.message}`;
  return text.replace(/\s*\n\s*/g, " ").trim() || error.name;
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}
