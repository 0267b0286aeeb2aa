import { Command, InvalidArgumentError, Option } from "commander";

export interface CommandText {
  /** One line for the list of commands. */
  readonly summary: string;
  /** What the help says of it, where that is more. */
  readonly description?: string;
  /** Lines that can be pasted. */
  readonly examples: readonly string[];
  /** Exit codes that mean something particular here: all, unless given. */
  readonly exits?: string;
}

const EXITS =
  "0 done, 1 the remote code threw or the command failed, 2 wrong usage, 3 cannot be reached or not found, 4 no answer in time";

/** A command with what all of them have: `--verbose`, examples and exit codes in the help. */
export function newCommand(name: string, text: CommandText): Command {
  const examples = text.examples.map((line) => `  $ ${line}`).join("\n");
  return new Command(name)
    .summary(text.summary)
    .description(text.description ?? text.summary)
    .option("--verbose", "show the stack of an error")
    .addHelpText("after", `\nExamples:\n${examples}\n\nExit codes: ${text.exits ?? EXITS}`);
}

export const jsonOption = (text = "print JSON"): Option => new Option("--json", text);

export function nameServerOption(): Option {
  return new Option(
    "--ns <host:port>",
    "the name server; default: NS_HOST and NS_PORT, this machine, then a broadcast",
  );
}

/** For commands that call. */
/** @param what - What is done by way of it. */
export function viaOption(what = "by"): Option {
  return new Option(
    "--via <hosts>",
    `${what} a tunnel of OpenSSH, such as ssh://user@gateway; several hops with commas between them`,
  ).argParser((text) => text.split(","));
}

export function timeoutOption(): Option {
  return new Option(
    "--timeout <ms>",
    "milliseconds that connecting and each call may take",
  ).argParser(integer(0));
}

/** A TCP or UDP port; 0 is a free one. */
export const portArgument: (text: string) => number = integer(0, 65_535);

/** Reads an integer option. */
export function integer(
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    const range =
      most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new InvalidArgumentError(`Expected an integer ${range}.`);
  };
}

/** For servers behind a router or a tunnel. */
export interface NatOptions {
  readonly natHost?: string;
  readonly natPort?: number;
}

export function addNatOptions(command: Command): Command {
  return command
    .option("--nat-host <host>", "the host that URIs name, where a router passes its port on")
    .option("--nat-port <port>", "the port that belongs to it; 0 is the one here", portArgument);
}

/** What of them is given, for `daemon.listen`. */
export function natOf({ natHost, natPort }: NatOptions): NatOptions {
  return {
    ...(natHost !== undefined && { natHost }),
    ...(natPort !== undefined && { natPort }),
  };
}

/** Collects an option that may be given several times. */
export function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}
