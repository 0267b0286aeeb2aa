import type { Command } from "commander";
import { Daemon } from "../daemon.ts";
import { CommunicationError } from "../errors.ts";
import { type RunningNameServer, startNameServer } from "../names/serve.ts";
import type { Listener } from "../places.ts";
import { processEnvironment, setting } from "../settings/environment.ts";
import { collect, jsonOption, newCommand, portArgument } from "./command.ts";
import { makeDemoLab } from "./demo/lab.ts";
import { snippets } from "./demo/snippets.ts";
import { welcomeText } from "./demo/welcome.ts";
import { bracketed } from "./listen-url.ts";
import { addLogOptions, type LogOptions, loggerFrom } from "./logging.ts";
import { warn } from "./report.ts";
import { stopSignal, untilSignal } from "./until-signal.ts";

interface DemoOptions extends LogOptions {
  readonly host?: string;
  readonly port?: number;
  readonly gateway: boolean;
  readonly gatewayPort?: number;
  readonly origin?: string[];
  readonly json?: boolean;
}

const GATEWAY_PORT = 8080;

export function command(): Command {
  const command = newCommand("demo", {
    summary: "a lab to try: simulated instruments, a name server, a console",
    description:
      "Starts a name server, simulated instruments, and a gateway with the console. Prints the lines that call them from Python, TypeScript and the shell, and the address for a browser. Ctrl-C ends it.",
    examples: ["bunsen demo", "bunsen demo --port 9191 --gateway-port 8081"],
    exits: "0 stopped by Ctrl-C, 1 cannot start, 2 wrong usage",
  })
    .option("--host <host>", "where to listen (default: HOST, else localhost)")
    .option(
      "-p, --port <port>",
      "of the name server (default: NS_PORT, else 9090; a free one where that is taken)",
      portArgument,
    )
    .option(
      "--gateway-port <port>",
      `of the gateway and its console, at localhost (default: ${GATEWAY_PORT}; a free one where that is taken)`,
      portArgument,
    )
    .option("--no-gateway", "no gateway, and no console")
    .option(
      "-c, --origin <origin>",
      "pages of this origin may call, too, such as http://localhost:8000; * is all pages",
      collect,
    )
    .addOption(jsonOption("print one line of JSON instead of the text"));
  return addLogOptions(command).action(run);
}

async function run(options: DemoOptions): Promise<void> {
  const host = options.host ?? setting("HOST", processEnvironment());
  const logger = loggerFrom(options);
  await using opened = new AsyncDisposableStack();
  const names = opened.use(
    await onPort<RunningNameServer>({
      what: "name server",
      asked: options.port,
      usual: setting("NS_PORT", processEnvironment()),
      open: (port) => startNameServer({ host, port, broadcastPort: false, logger }),
      portOf: nameServerPort,
    }),
  );
  const nameServer = { host, port: nameServerPort(names) };
  const lab = opened.use(makeDemoLab());
  const daemon = opened.use(new Daemon({ logger }));
  for (const [name, object] of Object.entries(lab.objects)) daemon.register(name, object);
  await daemon.listen(`pyro://${bracketed(host)}:0`);
  const objects = daemon.objects.map((name) => ({ name, uri: `${daemon.uriFor(name)}` }));
  for (const { name } of objects) {
    // Its name server is in this process, and forgets nothing: it need not be looked after.
    await daemon.announce(name, name, { ...nameServer, checkMs: 3_600_000 });
  }
  const gateway = options.gateway
    ? await onPort<Listener>({
        what: "console",
        asked: options.gatewayPort,
        usual: GATEWAY_PORT,
        open: (port) =>
          daemon.listen(`http://localhost:${port}`, {
            gateway: { expose: "", nameServer, origins: options.origin ?? [] },
          }),
        portOf: ({ address }) => Number(/\d+$/.exec(address)?.[0]),
      })
    : undefined;
  // There is something to see from the first moment.
  await lab.objects["demo.ticker"].play();
  const stop = stopSignal();
  const welcome = {
    nameServer: `${names.uri}`,
    objects,
    console: gateway && `http://${gateway.published}/`,
    snippets: snippets(`${bracketed(host)}:${nameServer.port}`),
  };
  console.log(options.json ? JSON.stringify(welcome) : welcomeText(welcome));
  await untilSignal(stop, () => opened.disposeAsync());
}

interface Preference<T> {
  readonly what: string;
  /** A port that was asked for is wanted; the usual one is only preferred. */
  readonly asked: number | undefined;
  readonly usual: number;
  readonly open: (port: number) => Promise<T>;
  readonly portOf: (opened: T) => number;
}

/** Opens something on its port, or, saying so, on a free one where that is taken. */
async function onPort<T>({ what, asked, usual, open, portOf }: Preference<T>): Promise<T> {
  try {
    return await open(asked ?? usual);
  } catch (error) {
    if (asked !== undefined || !isTaken(error)) throw error;
    const opened = await open(0);
    const got = `this lab's ${what} is at port ${portOf(opened)}`;
    warn(`port ${usual} is taken (another ${what}?); ${got}`);
    return opened;
  }
}

function isTaken(error: unknown): boolean {
  const cause = error instanceof CommunicationError ? error.cause : undefined;
  return (cause as NodeJS.ErrnoException | undefined)?.code === "EADDRINUSE";
}

function nameServerPort({ uri }: RunningNameServer): number {
  if (uri.location.kind !== "tcp") throw new TypeError("the demo's name server listens on TCP");
  return uri.location.port;
}
