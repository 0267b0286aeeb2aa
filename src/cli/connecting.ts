import type { Command } from "commander";
import { type ConnectOptions, connect, type MslConnectOptions } from "../connect.ts";
import { TimeoutError } from "../errors.ts";
import type { LocateOptions, NameServerClient } from "../names/index.ts";
import { locateBy, locateNameServer } from "../names/index.ts";
import { type Remote, release, uriOf, withOptions } from "../objects/index.ts";
import { channelOf } from "../objects/proxy.ts";
import { isProximity } from "../proximity/address.ts";
import type { ProximityConnectOptions } from "../proximity/channel.ts";
import { parseLocation } from "../pyro/uri.ts";
import type { SerializerName } from "../serializers/index.ts";
import { given, processEnvironment, setting } from "../settings/environment.ts";
import { nameServerOption, timeoutOption, viaOption } from "./command.ts";
import { loggerFrom } from "./logging.ts";
import { addSecurityOptions, callerSecurity, type SecurityOptions } from "./security.ts";
import { UsageError } from "./usage-error.ts";

/** Members of any name: what a command line talks to is known only at run time. */
export type AnyRemote = Remote<Record<string, unknown>>;

export interface ConnectingOptions extends SecurityOptions {
  /** Milliseconds; 0 is no limit. */
  readonly timeout?: number;
  readonly serializer?: string;
  /** `--ns`. */
  readonly ns?: string;
  /** `--via`. */
  readonly via?: readonly string[];
}

const SERIALIZERS: readonly (SerializerName | "auto")[] = [
  "serpent",
  "json",
  "marshal",
  "msgpack",
  "auto",
];

/** What the help says of an object to call. */
export const URI_FORMS =
  "PYRO:object@host:port, PYRONAME:name, PYROMETA:tag,tag, proximity://host:port/name, msl://host:port/Service, ws://host:port/name";

/** What every command takes that calls an object, or a name server. */
export function addCallerOptions(command: Command): Command {
  return addSecurityOptions(
    command.addOption(nameServerOption()).addOption(viaOption()).addOption(timeoutOption()),
  );
}

/** Connects as the options and the environment say. Connecting is bounded, calls only where a timeout is given. */
export async function connectTo(uri: string, options: ConnectingOptions): Promise<AnyRemote> {
  const callMs = options.timeout ?? setting("COMMTIMEOUT", processEnvironment()) * 1000;
  const serializer = serializerOf(options.serializer);
  const isMsl = /^msl:/i.test(uri);
  const proxy = await connect<Record<string, unknown>>(uri, {
    timeout: connectMs(options),
    nameServer: nameServerFrom(options),
    ...(options.via && { via: options.via }),
    ...serializer,
    // A key of the environment is meant for Pyro4's daemons; others have none.
    ...callerSecurity(
      isMsl ? withoutAuthority(options) : options,
      /^pyro|^wss?:/i.test(uri) ? process.env : {},
    ),
    ...(/^wss?:/i.test(uri) && gatewayKey()),
    ...(isMsl && { msl: { ...managerAccess(options), logger: loggerFrom({}) } }),
    ...(isProximity(uri) && { proximity: proximityOptions(options, serializer) }),
  });
  await refuseIfAbsent(proxy);
  return withOptions(proxy, { timeout: callMs });
}

/** What `bunsen gateway` asks for where it is given its key in the same way. */
function gatewayKey(): Pick<ConnectOptions, "gatewayKey"> {
  const key = given("HTTPGATEWAY_KEY", processEnvironment());
  return key === undefined ? {} : { gatewayKey: key };
}

/** How to get at a manager of MSL-Network, whose URL names the user: `--tls-ca` is the certificate that is trusted. */
export function managerAccess(
  options: SecurityOptions,
  env: NodeJS.ProcessEnv = process.env,
): MslConnectOptions {
  const { tls } = callerSecurity(options, {});
  return {
    password: env["BUNSEN_MSL_PASSWORD"],
    managerPassword: env["BUNSEN_MSL_MANAGER_PASSWORD"],
    certFile: options.tlsCa,
    ...(tls === false && { tls }),
  };
}

function withoutAuthority({ tlsCa: _, ...others }: SecurityOptions): SecurityOptions {
  return others;
}

function proximityOptions(
  options: ConnectingOptions,
  { serializer = "auto" }: Pick<ConnectOptions, "serializer">,
): ProximityConnectOptions {
  const patience = connectMs(options);
  if (serializer === "auto") return { patience };
  if (serializer === "json" || serializer === "msgpack") return { patience, encoding: serializer };
  throw new UsageError(`PyProximity has the serializers json and msgpack, got ${serializer}`);
}

/** A program may wait for a server that is not there yet; who types a command wants to know. */
async function refuseIfAbsent(proxy: AnyRemote): Promise<void> {
  const { description, state } = channelOf(proxy);
  if (description !== undefined) return;
  const { value } = state;
  await release(proxy);
  throw value.name === "lost"
    ? value.reason
    : new TimeoutError("ERR_CONNECT_TIMEOUT", `${uriOf(proxy)}: nobody answers there`, {
        retry: "later",
      });
}

/** Finds the name server that `--ns` names, or else the environment, this machine or the network. */
export async function nameServer(options: ConnectingOptions): Promise<NameServerClient> {
  const where = { ...nameServerFrom(options), timeout: connectMs(options) };
  if (options.via === undefined) return await locateNameServer(where);
  const { dialVia } = await import("../tunnels/shared.ts");
  return await locateNameServer(locateBy(dialVia(options.via), where));
}

/** Where `--ns` says that the name server is, and how the other options say to talk to it. */
export function nameServerFrom(options: SecurityOptions & { readonly ns?: string }): LocateOptions {
  return { ...locationFrom(options.ns), channel: callerSecurity(options) };
}

/** `HOST`, `HOST:PORT`, `[IPV6]:PORT` or `./u:PATH`; without a text, where the environment says. */
function locationFrom(text: string | undefined): LocateOptions {
  if (text === undefined) return {};
  // People copy what a name server prints.
  const location = parseLocation(text.replace(/^PYRO:Pyro\.NameServer@/, ""), {
    defaultPort: setting("NS_PORT", processEnvironment()),
  });
  return location.kind === "tcp"
    ? { host: location.host, port: location.port }
    : { host: `./u:${location.path}` };
}

/** What carries bytes as they are, to any peer, unless another is wished for. */
export function serializerForBytes({ serializer }: ConnectingOptions): string {
  return serializer ?? given("SERIALIZER", processEnvironment()) ?? "marshal";
}

function connectMs({ timeout }: ConnectingOptions): number {
  return timeout ?? setting("CONNECT_TIMEOUT", processEnvironment()) * 1000;
}

function serializerOf(name: string | undefined): Pick<ConnectOptions, "serializer"> {
  if (name === undefined) return {};
  const known = SERIALIZERS.find((candidate) => candidate === name);
  if (known === undefined) {
    throw new UsageError(
      `expected the serializer to be ${SERIALIZERS.join(", ")}, got ${JSON.stringify(name)}`,
    );
  }
  return { serializer: known };
}
