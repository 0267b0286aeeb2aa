import { type Command, Option } from "commander";
import { formatLocation, parseLocation } from "../pyro/uri.ts";
import { integer, jsonOption, newCommand } from "./command.ts";
import { ExitCode } from "./exit-codes.ts";
import { probe, type Spoken } from "./probing.ts";

const EXITS: Partial<Record<Spoken, ExitCode>> = {
  nothing: ExitCode.Unreachable,
  silent: ExitCode.Failed,
  other: ExitCode.Failed,
};

export function command(): Command {
  return newCommand("probe", {
    summary: "say what speaks at a port",
    description:
      "Says in words what speaks at a port, from the first bytes: Pyro 3, Pyro 4 or Pyro 5 with the protocol version, MSL-Network, ZeroMQ, TLS, HTTP, nothing, or something else.",
    examples: ["bunsen probe lab.example:9090", "bunsen probe localhost:9999 --json"],
    exits:
      "0 recognised, 1 something that is not recognised or stays silent, 2 wrong usage, 3 nothing listens",
  })
    .argument("<host:port>", "or [ipv6]:port, or ./u:path")
    .addOption(
      new Option("--timeout <ms>", "milliseconds for connecting, and for each answer")
        .argParser(integer(1))
        .default(1000),
    )
    .addOption(jsonOption())
    .action(run);
}

async function run(where: string, options: { timeout: number; json?: boolean }): Promise<void> {
  // Whoever has a URI wants to know what is behind it.
  const location = parseLocation(
    where.replace(/^(PYRO\w*:[^@]+@|\w+:\/\/)/i, "").replace(/\/$/, ""),
  );
  const finding = await probe(location, { timeoutMs: options.timeout });
  const at = formatLocation(location);
  console.log(options.json ? JSON.stringify({ at, ...finding }) : `${at}: ${finding.text}`);
  process.exitCode = EXITS[finding.speaks] ?? ExitCode.Ok;
}
