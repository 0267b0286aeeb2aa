import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Command, Option } from "commander";
import { Daemon } from "../daemon.ts";
import { BunsenError } from "../errors.ts";
import type { JoinOptions } from "../msl/joining.ts";
import type { InstanceMode, RegisterOptions } from "../objects/index.ts";
import type { Listener } from "../places.ts";
import { isProximity } from "../proximity/address.ts";
import {
  addNatOptions,
  collect,
  jsonOption,
  type NatOptions,
  nameServerOption,
  natOf,
  newCommand,
  viaOption,
} from "./command.ts";
import { managerAccess, nameServerFrom } from "./connecting.ts";
import { listenUrl } from "./listen-url.ts";
import { addLogOptions, type LogOptions, loggerFrom } from "./logging.ts";
import { warn } from "./report.ts";
import { addSecurityOptions, listenerSecurity, type SecurityOptions } from "./security.ts";
import { stopSignal, untilSignal } from "./until-signal.ts";
import { UsageError } from "./usage-error.ts";

interface ServeOptions extends NatOptions, SecurityOptions, LogOptions {
  readonly listen?: string[];
  readonly join?: string[];
  readonly announce?: string;
  readonly via?: readonly string[];
  readonly expose?: string;
  readonly mode?: InstanceMode;
  readonly serial?: boolean;
  readonly ns?: string;
  readonly json?: boolean;
}

export function command(): Command {
  const command = newCommand("serve", {
    summary: "serve the exports of a module",
    description:
      "Registers each export of a module (an instance, or a class) under its export name, prints one URI a line, then `ready`. Ctrl-C ends it.",
    examples: [
      "bunsen serve lab.ts",
      "bunsen serve lab.ts --listen pyro://0.0.0.0:9999 --announce lab",
      "bunsen serve driver.js --expose '^(read|list)'",
      "bunsen serve lab.ts --announce lab --via ops@crux --ns localhost:50000",
      "bunsen serve lab.ts --join proximity+broker://broker:5556/PLAYER1",
    ],
    exits:
      "0 stopped by Ctrl-C, 1 the module cannot be served, 2 wrong usage, 3 no name server (--announce), broker, manager or gateway",
  })
    .argument("<file>", "a module of JavaScript or TypeScript")
    .option(
      "-l, --listen <url>",
      "pyro://host:port, pyro://./u:path or proximity://host:port; may be repeated (default: a free port)",
      collect,
    )
    .option(
      "-j, --join <url>",
      "work for a broker, proximity+broker://host:port/WORKER, or at a manager, msl://host:port; may be repeated",
      collect,
    )
    .option("-a, --announce <prefix>", "register in the name server as PREFIX.name")
    .option("--expose <regex>", "expose members that match, of what declares none itself")
    .addOption(
      new Option(
        "--mode <mode>",
        "instances of a class: one for all, one a connection, or one a call",
      ).choices(["single", "session", "percall"]),
    )
    .option("--serial", "one call at a time for each object, the others wait in order")
    .addOption(nameServerOption())
    .addOption(viaOption("listen, announce and join at the far end of"))
    .addOption(jsonOption("print one line of JSON for each URI, and for `ready`"));
  return addLogOptions(addSecurityOptions(addNatOptions(command))).action(run);
}

async function run(file: string, options: ServeOptions): Promise<void> {
  const exported = await load(file);
  const { daemon, names } = await register(file, exported, options);
  const listeners: Listener[] = [];
  let joined: readonly { readonly left: Promise<void> }[];
  try {
    const places = options.listen ?? anyPlace(options);
    // Without a listener, what the options say of TLS is meant for a manager alone.
    const security = places.length > 0 ? listenerSecurity(options) : {};
    const listening = { ...natOf(options), ...security, ...viaOf(options) };
    for (const url of places) listeners.push(await daemon.listen(url, listening));
    joined = await joinAll(daemon, options);
    for (const name of names) {
      const announced = await announce(daemon, name, options);
      for (const listener of listeners) say(options, name, uriAt(listener, name), announced);
    }
  } catch (error) {
    await daemon.close();
    throw error;
  }
  const stop = stopSignal();
  console.log(options.json ? JSON.stringify({ ready: true }) : "ready");
  // Told to leave by all that it works for, it has nothing left to do.
  const over = listeners.length > 0 ? undefined : Promise.all(joined.map(({ left }) => left));
  await untilSignal(stop, () => daemon.close(), over);
}

/** Where to listen unless told: nowhere, for who only works for others. A name wants an address. */
function anyPlace({ join, announce, via }: ServeOptions): string[] {
  if (join && announce === undefined) return [];
  return [via ? "pyro://localhost:0" : listenUrl({ port: 0 })];
}

function viaOf({ via }: ServeOptions): { readonly via?: readonly string[] } {
  return via ? { via } : {};
}

async function joinAll(daemon: Daemon, options: ServeOptions): Promise<{ left: Promise<void> }[]> {
  const joined: { left: Promise<void> }[] = [];
  for (const url of options.join ?? []) {
    if (isProximity(url) && options.via) {
      throw new UsageError("--via leads to no broker: give its workers a port here, with ssh -L");
    }
    joined.push(await daemon.join(url, isProximity(url) ? {} : atManager(options)));
    console.error(`joined ${url}`);
  }
  return joined;
}

function atManager(options: ServeOptions): JoinOptions {
  return { ...managerAccess(options), ...viaOf(options) };
}

function uriAt({ url, published }: Listener, name: string): string {
  if (url.startsWith("pyro:")) return `PYRO:${name}@${published}`;
  if (!isProximity(url)) return `${url}/${name}`;
  return url.startsWith("proximity+ipc:") ? `${url}#${name}` : `proximity://${published}/${name}`;
}

function say(
  { json }: ServeOptions,
  name: string,
  uri: string,
  announced: string | undefined,
): void {
  console.log(json ? JSON.stringify({ name, uri, announced: announced ?? null }) : uri);
}

async function load(file: string): Promise<[name: string, value: object][]> {
  let module: Record<string, unknown>;
  try {
    module = (await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>;
  } catch (error) {
    if (isMissing(error, file)) {
      throw new UsageError(`there is no file ${JSON.stringify(file)} to serve`);
    }
    throw withRemedy(error);
  }
  // A function that is no class is left out: nothing says whether it is a helper, or meant for callers.
  return Object.entries(module).filter(
    (entry): entry is [string, object] =>
      (typeof entry[1] === "object" && entry[1] !== null) || isClass(entry[1]),
  );
}

function isMissing(error: unknown, file: string): boolean {
  const { code, url } = error as { code?: unknown; url?: unknown };
  return code === "ERR_MODULE_NOT_FOUND" && url === pathToFileURL(resolve(file)).href;
}

/** A module imports this package by its name, which means nothing where it is not installed, or not built. */
function withRemedy(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== "ERR_MODULE_NOT_FOUND") return error;
  if (message.includes("'bunsen'")) {
    return new Error(`${message}; "npm install bunsen" in its folder`, { cause: error });
  }
  // Where this package itself is what the name stands for: in its checkout.
  if (/[\\/]dist[\\/]index\.js'/.test(message)) {
    return new Error(`${message}; "npm run build" makes it, once`, { cause: error });
  }
  return error;
}

function isClass(value: unknown): boolean {
  return typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
}

interface Registered {
  readonly daemon: Daemon;
  readonly names: readonly string[];
}

/**
 * Registers what exposes something. A module may import another copy of this package than the one that runs here (a
 * global `bunsen` and a local one): what it declared is known to that copy alone, so then its daemon is used.
 */
async function register(
  file: string,
  exported: readonly [string, object][],
  options: ServeOptions,
): Promise<Registered> {
  const logger = loggerFrom(options);
  const silentExports: string[] = [];
  for (const DaemonClass of [Daemon, await daemonOfModule(file)]) {
    if (DaemonClass === undefined) continue;
    const daemon = new DaemonClass({ logger });
    silentExports.length = 0;
    for (const [name, target] of exported) {
      const problem = tryRegister(daemon, name, target, options);
      if (problem !== undefined) silentExports.push(problem);
    }
    if (daemon.objects.length === 0) continue;
    for (const problem of silentExports) warn(problem);
    return { daemon, names: daemon.objects };
  }
  for (const problem of silentExports) warn(problem);
  throw new BunsenError(
    "ERR_NOTHING_EXPOSED",
    `${file} exports nothing that can be served; export an instance or a class, and declare its members with expose(TheClass, { member: true }), or pass --expose REGEX`,
  );
}

/** @returns why it was passed over. */
function tryRegister(
  daemon: Daemon,
  name: string,
  target: object,
  { expose, mode, serial }: ServeOptions,
): string | undefined {
  const options: RegisterOptions = {
    ...(expose !== undefined && { expose: pattern(expose) }),
    ...(mode !== undefined && { mode }),
    ...(serial !== undefined && { serial }),
  };
  try {
    daemon.register(name, target, options);
    return undefined;
  } catch (error) {
    const { code, message } = error as Partial<BunsenError>;
    const passedOver = code === "ERR_NOTHING_EXPOSED" || code === "ERR_ALREADY_REGISTERED";
    if (!passedOver) throw error;
    return `export "${name}" is not served: ${message}`;
  }
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new UsageError(`--expose ${JSON.stringify(text)}: ${(error as Error).message}`);
  }
}

async function daemonOfModule(file: string): Promise<typeof Daemon | undefined> {
  let path: string;
  try {
    path = createRequire(resolve(file)).resolve("bunsen");
  } catch {
    return undefined; // It imports no copy that could be found from there.
  }
  const copy = (await import(pathToFileURL(path).href)) as { Daemon?: typeof Daemon };
  return copy.Daemon === Daemon ? undefined : copy.Daemon;
}

async function announce(
  daemon: Daemon,
  name: string,
  options: ServeOptions,
): Promise<string | undefined> {
  const { announce: prefix } = options;
  if (prefix === undefined) return undefined;
  // `lab`, `lab.` and `lab/` all read well in front of a name.
  const announced = /\w$/.test(prefix) ? `${prefix}.${name}` : prefix + name;
  await daemon.announce(name, announced, { ...nameServerFrom(options), ...viaOf(options) });
  console.error(`announced as PYRONAME:${announced}`);
  return announced;
}
