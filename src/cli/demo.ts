import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { Daemon } from "../daemon.ts";
import { CommunicationError } from "../errors.ts";
import { type RunningNameServer, startNameServer } from "../names/serve.ts";
import { processEnvironment, setting } from "../settings/environment.ts";
import { jsonOption, newCommand, portArgument } from "./command.ts";
import { Echo } from "./demo/echo.ts";
import { Scope } from "./demo/scope.ts";
import { snippets } from "./demo/snippets.ts";
import { Thermostat } from "./demo/thermostat.ts";
import { Ticker } from "./demo/ticker.ts";
import { bracketed } from "./listen-url.ts";
import { addLogOptions, type LogOptions, loggerFrom } from "./logging.ts";
import { warn } from "./report.ts";
import { stopSignal, untilSignal } from "./until-signal.ts";

interface DemoOptions extends LogOptions {
  readonly host?: string;
  readonly port?: number;
  readonly json?: boolean;
}

export function command(): Command {
  const command = newCommand("demo", {
    summary: "a lab to try: simulated instruments and a name server",
    description:
      "Starts a name server and four simulated objects, and prints the lines that call them from Python and TypeScript. Ctrl-C ends it.",
    examples: ["bunsen demo", "bunsen demo --port 9191"],
    exits: "0 stopped by Ctrl-C, 1 cannot start, 2 wrong usage",
  })
    .option("--host <host>", "where to listen (default: HOST, else localhost)")
    .option(
      "-p, --port <port>",
      "of the name server (default: NS_PORT, else 9090; a free one where that is taken)",
      portArgument,
    )
    .addOption(jsonOption("print one line of JSON instead of the text"));
  return addLogOptions(command).action(run);
}

async function run(options: DemoOptions): Promise<void> {
  const host = options.host ?? setting("HOST", processEnvironment());
  const logger = loggerFrom(options);
  const names = await startNames(host, options);
  const daemon = new Daemon({ logger });
  const close = async (): Promise<void> => {
    await daemon.close();
    await names.close();
  };
  let stop: ReturnType<typeof stopSignal>;
  try {
    const { location } = names.uri;
    if (location.kind !== "tcp") throw new TypeError("the demo's name server listens on TCP");
    const { port } = location;
    const lab = {
      "demo.thermostat": new Thermostat(),
      "demo.scope": new Scope(),
      "demo.ticker": new Ticker(),
      "demo.echo": new Echo(),
    };
    for (const [name, object] of Object.entries(lab)) daemon.register(name, object);
    await daemon.listen(`pyro://${bracketed(host)}:0`);
    for (const name of daemon.objects) await daemon.announce(name, name, { host, port });
    stop = stopSignal();
    print(daemon, names, `${bracketed(host)}:${port}`, options);
  } catch (error) {
    await close();
    throw error;
  }
  await untilSignal(stop, close);
}

/** A port that was asked for is wanted; the usual one is only preferred. */
async function startNames(host: string, options: DemoOptions): Promise<RunningNameServer> {
  const port = options.port ?? setting("NS_PORT", processEnvironment());
  const logger = loggerFrom(options);
  try {
    return await startNameServer({ host, port, broadcastPort: false, logger });
  } catch (error) {
    if (options.port !== undefined || !isTaken(error)) throw error;
    const names = await startNameServer({ host, port: 0, broadcastPort: false, logger });
    const { location } = names.uri;
    const got = location.kind === "tcp" ? location.port : 0;
    warn(`port ${port} is taken (another name server?); this lab's name server is at port ${got}`);
    return names;
  }
}

function isTaken(error: unknown): boolean {
  const cause = error instanceof CommunicationError ? error.cause : undefined;
  return (cause as NodeJS.ErrnoException | undefined)?.code === "EADDRINUSE";
}

function print(daemon: Daemon, names: RunningNameServer, at: string, { json }: DemoOptions): void {
  const objects = daemon.objects.map((name) => ({ name, uri: daemon.uriFor(name) }));
  const lines = snippets(at);
  if (json) {
    console.log(JSON.stringify({ nameServer: `${names.uri}`, objects, snippets: lines }));
    return;
  }
  const width = Math.max(...objects.map(({ name }) => name.length));
  console.log(`The demo lab is open. Ctrl-C closes it.

  ${"name server".padEnd(width)}  ${names.uri}
${objects.map(({ name, uri }) => `  ${name.padEnd(width)}  ${uri}`).join("\n")}

--- Python, Pyro5 (pip install Pyro5) ---
${lines.python5}

--- Python, Pyro4 (pip install Pyro4) ---
${lines.python4}

--- TypeScript (npm install bunsen; save as lab.ts, run "node lab.ts") ---${howToImport()}
${lines.typescript}

--- Shell ---
${lines.shell}

ready`);
}

/** In a checkout, the package's own name leads to what \`npm run build\` makes. */
function howToImport(): string {
  const isCheckout = import.meta.url.endsWith(".ts");
  const built = existsSync(fileURLToPath(new URL("../../dist/index.js", import.meta.url)));
  return isCheckout && !built
    ? '\n// in this checkout: "npm run build" once, so that "bunsen" can be imported here'
    : "";
}
