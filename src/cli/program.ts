import { Command, CommanderError } from "commander";
import { ExitCode, exitCodeOf } from "./exit-codes.ts";
import { report, warn } from "./report.ts";

interface Entry {
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: () => Command }>;
}

/** Loaded when asked for: `bunsen --help` and each command start without the others' code. */
export const COMMANDS: Readonly<Record<string, Entry>> = {
  demo: {
    summary: "a lab to try: simulated instruments and a name server",
    load: () => import("./demo.ts"),
  },
  ns: { summary: "run a name server", load: () => import("./ns.ts") },
  names: { summary: "look at a name server and change it", load: () => import("./names.ts") },
  call: { summary: "call a method, read or set an attribute", load: () => import("./call.ts") },
  get: { summary: "save what a method gives as a file", load: () => import("./get.ts") },
  put: { summary: "send a file to a method", load: () => import("./put.ts") },
  describe: { summary: "what an object offers", load: () => import("./describe.ts") },
  serve: { summary: "serve the exports of a module", load: () => import("./serve.ts") },
  gateway: {
    summary: "let browsers, and whoever has only HTTP, call objects",
    load: () => import("./gateway.ts"),
  },
  probe: { summary: "say what speaks at a port", load: () => import("./probe.ts") },
  echo: { summary: "run the test server of Pyro", load: () => import("./echo.ts") },
  config: {
    summary: "show the defaults, and where they come from",
    load: () => import("./config.ts"),
  },
  certs: {
    summary: "make a small authority with certificates, to try TLS",
    load: () => import("./certs.ts"),
  },
  manager: {
    summary: "run a manager of MSL-Network, and keep its users",
    load: () => import("./manager.ts"),
  },
  msl: {
    summary: "look at a manager of MSL-Network, or end it",
    load: () => import("./msl.ts"),
  },
  watch: { summary: "show a live model as it changes", load: () => import("./watch.ts") },
  repl: { summary: "a Node REPL with a proxy in it", load: () => import("./repl.ts") },
};

/**
 * Runs the command that the arguments name.
 * @returns its exit code.
 */
export async function run(args: readonly string[]): Promise<number> {
  try {
    const program = await makeProgram(args);
    await program.parseAsync(args, { from: "user" });
    // A command that did its work may still have to say no: `probe`, where nothing listens.
    return Number(process.exitCode ?? ExitCode.Ok);
  } catch (error) {
    if (error instanceof CommanderError) return usageCode(error);
    report(error, args.includes("--verbose"));
    return exitCodeOf(error);
  }
}

async function makeProgram(args: readonly string[]): Promise<Command> {
  const program = new Command("bunsen")
    .description(
      "Remote objects for the lab: compatible with Pyro4 and Pyro5, MSL-Network, and PyProximity.",
    )
    .version(await version(), "-V, --version")
    .helpCommand("help [command]", "help for a command")
    .addHelpText(
      "after",
      `
Examples:
  $ bunsen demo
  $ bunsen call PYRONAME:demo.thermostat read 1

Exit codes: 0 done, 1 the remote code threw or the command failed, 2 wrong usage,
3 cannot be reached or not found, 4 no answer in time.
"bunsen help <command>" tells more of each.`,
    );
  const wanted = wantedCommand(args);
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = name === wanted ? (await load()).command() : new Command(name).summary(summary);
    program.addCommand(command);
  }
  adopt(program);
  return program;
}

/** The first word that is no option; after `help`, the next. */
function wantedCommand(args: readonly string[]): string | undefined {
  const words = args.filter((arg) => !arg.startsWith("-"));
  return words[0] === "help" ? words[1] : words[0];
}

/** Errors of the command line are ours to print and to number, in every subcommand. */
function adopt(command: Command): void {
  command.exitOverride();
  command.configureOutput({
    outputError: (text, write) => write(text.replace(/^error: /, "bunsen: ")),
  });
  command.showHelpAfterError(`(see: ${pathOf(command)} --help)`);
  for (const sub of command.commands) adopt(sub);
}

function pathOf(command: Command): string {
  const parent = command.parent ? `${pathOf(command.parent)} ` : "";
  return parent + command.name();
}

function usageCode(error: CommanderError): number {
  // Help and version are "errors" of commander with the exit code 0.
  if (error.exitCode === 0) return ExitCode.Ok;
  if (error.code === "commander.help") warn("expected a command; the list is above");
  return ExitCode.Usage;
}

async function version(): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  return String((JSON.parse(text) as { version: unknown }).version);
}
