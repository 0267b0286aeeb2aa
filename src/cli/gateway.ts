import { parse } from "node:path";
import type { Command } from "commander";
import { connect } from "../connect.ts";
import { Daemon } from "../daemon.ts";
import type { GatewayManager } from "../gateway/managed-objects.ts";
import { type GatewayKey, type GatewayOptions, PYRO_EXPOSES } from "../gateway/options.ts";
import { locateNameServer } from "../names/index.ts";
import type { Listener } from "../places.ts";
import { given, processEnvironment, setting } from "../settings/environment.ts";
import {
  collect,
  integer,
  jsonOption,
  nameServerOption,
  newCommand,
  portArgument,
} from "./command.ts";
import { nameServerFrom } from "./connecting.ts";
import { addLogOptions, type LogOptions, loggerFrom } from "./logging.ts";
import {
  addSecurityOptions,
  callerSecurity,
  listenerSecurity,
  readKey,
  type SecurityOptions,
} from "./security.ts";
import { stopSignal, untilSignal } from "./until-signal.ts";
import { UsageError } from "./usage-error.ts";

interface GatewayCommandOptions extends SecurityOptions, LogOptions {
  readonly host: string;
  readonly port: number;
  readonly expose: string;
  readonly keyFile?: string[];
  readonly origin?: string[];
  readonly hostName?: string[];
  readonly adopt?: string[];
  readonly manager?: string[];
  readonly disableManagerTls?: boolean;
  readonly socketIo?: boolean;
  readonly broadcast?: string;
  readonly root?: string;
  readonly timeout?: number;
  readonly maxRequests?: number;
  readonly console: boolean;
  readonly ns?: string;
  readonly json?: boolean;
}

export function command(): Command {
  const command = newCommand("gateway", {
    summary: "let browsers, and whoever has only HTTP, call objects",
    description:
      "Runs a gateway: HTTP as Pyro's gateways have it, streams, WebSocket. Reaches what the name server lists, within the expose pattern. Prints its URL; Ctrl-C ends it.",
    examples: [
      "bunsen gateway",
      "bunsen gateway --expose 'lab\\.|http\\.' --key-file key",
      "bunsen gateway --adopt laser=proximity://bench:5555/laser --expose laser",
      "bunsen gateway --manager msl://raspberrypi --expose RPiService",
      "bunsen gateway --expose BasicServer --root BasicServer --socket-io",
    ],
    exits: "0 stopped by Ctrl-C, 1 cannot start, 2 wrong usage, 3 what is adopted is not reached",
  })
    .option("-H, --host <host>", "where to listen", "localhost")
    .option("-p, --port <port>", "0 picks a free one", portArgument, 8080)
    .option(
      "-e, --expose <regex>",
      "names that can be reached: a Python regex for their start; '' is all of them",
      PYRO_EXPOSES,
    )
    .option(
      "-g, --key-file <file>",
      "callers must show the key in this file; several are several callers, each named by its file (default: HTTPGATEWAY_KEY of the environment)",
      collect,
    )
    .option(
      "-c, --origin <origin>",
      "pages of this origin may call, such as https://lab.example.org; * is all pages",
      collect,
    )
    .option("--host-name <name>", "a name of this machine that browsers use for it", collect)
    .option(
      "-a, --adopt <name=uri>",
      "serve the object at a URI, of any dialect, by this name",
      collect,
    )
    .option(
      "-m, --manager <url>",
      "services of this manager of MSL-Network, msl://HOST:1875, can be reached by their names (passwords: BUNSEN_MSL_PASSWORD and BUNSEN_MSL_MANAGER_PASSWORD of the environment)",
      collect,
    )
    .option("--disable-manager-tls", "the managers run without TLS")
    .option("--socket-io", "objects are called by Socket.IO, too, in the namespace /OBJECT")
    .option(
      "--broadcast <regex>",
      "results that go to all who are connected by Socket.IO: a Python regex for OBJECT/METHOD; '' is all of them",
    )
    .option("--root <object>", "what is called where none is named, as by pages of pyro_support")
    .option("-t, --timeout <ms>", "milliseconds that a call may take; 0 is no limit", integer(0))
    .option("--max-requests <n>", "requests a second of one address; 0 is no limit", integer(0))
    .option("--no-console", "without pages for people at /")
    .addOption(nameServerOption())
    .addOption(jsonOption("print one line of JSON instead of the URL"));
  return addLogOptions(addSecurityOptions(command)).action(run);
}

async function run(options: GatewayCommandOptions): Promise<void> {
  const { expose } = options;
  const called = calledWith(options);
  const names = nameServerFrom(called);
  const timeout = options.timeout ?? setting("COMMTIMEOUT", processEnvironment()) * 1000;
  const daemon = new Daemon({
    logger: loggerFrom(options),
    nameServer: names,
    proxies: { timeout, ...callerSecurity(called) },
  });
  let listener: Listener;
  let server: string | undefined;
  try {
    for (const adopted of options.adopt ?? []) await adopt(daemon, adopted, options);
    const { tls } = listenerSecurity({ ...options, hmacKeyFile: [] });
    listener = await daemon.listen(urlOf(options), {
      ...(tls && { tls }),
      gateway: {
        expose,
        nameServer: names,
        managers: managersOf(options),
        keys: keysOf(options),
        origins: options.origin ?? [],
        hosts: options.hostName ?? [],
        console: options.console,
        timeout,
        socketIo: socketIoOf(options),
        ...(options.root !== undefined && { root: options.root }),
        ...(options.maxRequests !== undefined && { maxRequestsPerSecond: options.maxRequests }),
      },
    });
    server = await nameServerUri(names);
  } catch (error) {
    await daemon.close();
    throw error;
  }
  const stop = stopSignal();
  const url = `${listener.url.replace(/:\/\/.*/, "://")}${listener.published}/`;
  if (options.json) console.log(JSON.stringify({ url, expose, nameServer: server ?? null }));
  else {
    console.error(
      expose === "" ? "Exposing all objects." : `Exposing objects with names matching: ${expose}`,
    );
    console.error(
      server === undefined ? "Not yet connected to a name server." : `Connected to ${server}`,
    );
    console.log(url);
  }
  await untilSignal(stop, () => daemon.close());
}

async function adopt(daemon: Daemon, text: string, options: GatewayCommandOptions): Promise<void> {
  const [, name, uri] = /^([^=\s]+)=(\S+)$/.exec(text) ?? [];
  if (name === undefined || uri === undefined) {
    throw new UsageError(`expected --adopt NAME=URI, got ${JSON.stringify(text)}`);
  }
  const called = calledWith(options);
  const proxy = await connect(uri, {
    nameServer: nameServerFrom(called),
    ...callerSecurity(called),
  });
  daemon.onClose(() => proxy[Symbol.asyncDispose]());
  daemon.register(name, proxy);
}

type SocketIo = NonNullable<GatewayOptions["socketIo"]>;
type CalledWith = Pick<GatewayCommandOptions, "ns" | "hmacKeyFile">;

/** How this side calls: the certificates of the command line are for its callers. */
function calledWith({ ns, hmacKeyFile }: GatewayCommandOptions): CalledWith {
  return { ...(ns !== undefined && { ns }), ...(hmacKeyFile && { hmacKeyFile }) };
}

function socketIoOf({ socketIo = false, broadcast }: GatewayCommandOptions): SocketIo {
  if (broadcast === undefined) return socketIo;
  if (socketIo) return { broadcast };
  throw new UsageError("--broadcast is of Socket.IO: give --socket-io, too");
}

function keysOf({ keyFile }: GatewayCommandOptions): (string | GatewayKey)[] {
  const fromEnvironment = given("HTTPGATEWAY_KEY", processEnvironment());
  if (keyFile === undefined) return fromEnvironment === undefined ? [] : [fromEnvironment];
  return keyFile.map((file) => ({ key: readKey(file, "--key-file"), identity: parse(file).name }));
}

function managersOf({ manager = [], disableManagerTls }: GatewayCommandOptions): GatewayManager[] {
  const { BUNSEN_MSL_PASSWORD: password, BUNSEN_MSL_MANAGER_PASSWORD: managerPassword } =
    process.env;
  const access = { password, managerPassword, ...(disableManagerTls && { tls: false }) };
  return manager.map((text) => ({ url: /^msl:/i.test(text) ? text : `msl://${text}`, ...access }));
}

function urlOf({ host, port, tlsCert }: GatewayCommandOptions): string {
  const bracketed = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return `${tlsCert === undefined ? "http" : "https"}://${bracketed}:${port}`;
}

/** It may come later: objects are looked up when they are called. */
async function nameServerUri(
  where: Parameters<typeof locateNameServer>[0],
): Promise<string | undefined> {
  try {
    await using names = await locateNameServer(where);
    return names.uri;
  } catch {
    return undefined;
  }
}
