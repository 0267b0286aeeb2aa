import type { Logger } from "../log.ts";
import { textSetting } from "./settings.ts";
import { UsageError } from "./usage-error.ts";

const LEVELS = ["debug", "info", "warn", "error", "silent"] as const;

/** Log lines of a server, as text for the person who started it. Standard output stays free for what scripts read. */
export function terminalLogger(verbose: boolean | undefined): Logger {
  const level = verbose ? "debug" : textSetting("LOGLEVEL").toLowerCase();
  const least = LEVELS.indexOf(level as (typeof LEVELS)[number]);
  if (least < 0)
    throw new UsageError(`expected LOGLEVEL to be ${LEVELS.join(", ")}, got "${level}"`);
  const at = (name: (typeof LEVELS)[number]) => {
    if (LEVELS.indexOf(name) < least) return () => {};
    return (fields: object, message: string) => {
      console.error(`bunsen: ${name}: ${message} ${JSON.stringify(fields)}`);
    };
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
