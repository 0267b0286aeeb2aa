import type { ListenOptions, PyroChannelOptions, StreamOptions } from "../pyro/index.ts";
import { type Environment, given, processEnvironment, setting } from "./environment.ts";
import type { Settings } from "./table.ts";
import { callerTls, listenerTls } from "./tls.ts";

// What the environment says takes the place of an option's default, at the door where users come in: `connect`,
// `Daemon`, the name server and its clients. No room behind these doors looks at the environment.

/** Limits that both ends have. */
function limits(env: Environment): Pick<PyroChannelOptions, "maxMessageBytes" | "compression"> {
  const maxMessageBytes = given("MAX_MESSAGE_SIZE", env);
  return {
    ...option("maxMessageBytes", maxMessageBytes === 0 ? UNLIMITED : maxMessageBytes),
    ...option("compression", given("COMPRESSION", env)),
  };
}

/** Pyro4's 0. What a frame can announce is less than that. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

type ChannelDefaults = Pick<PyroChannelOptions, "maxMessageBytes" | "compression" | "tls">;

/** What the environment says of every connection that is made, also to a name server. */
export function channelDefaults(env: Environment = processEnvironment()): ChannelDefaults {
  const tls = callerTls(env);
  return { ...limits(env), ...(tls && { tls }) };
}

interface CallerDefaults extends ChannelDefaults {
  readonly timeout?: number;
  readonly retries?: number;
  readonly serializer?: Settings["SERIALIZER"];
}

/** What the environment says of connections to remote objects. */
export function callerDefaults(env: Environment = processEnvironment()): CallerDefaults {
  return {
    ...channelDefaults(env),
    ...option("timeout", milliseconds(given("COMMTIMEOUT", env))),
    ...option("retries", given("MAX_RETRIES", env)),
    ...option("serializer", given("SERIALIZER", env)),
  };
}

/** What the environment says of listeners. */
export function listenerDefaults(env: Environment = processEnvironment()): ListenOptions {
  const tls = listenerTls(env);
  return {
    ...limits(env),
    ...option("idleTimeoutMs", milliseconds(given("COMMTIMEOUT", env))),
    ...option("serializers", given("SERIALIZERS_ACCEPTED", env)),
    ...option("natHost", given("NATHOST", env)),
    ...option("natPort", given("NATPORT", env)),
    ...(tls && { tls }),
  };
}

/** What the environment says of the streams of a daemon. */
export function streamDefaults(env: Environment = processEnvironment()): Partial<StreamOptions> {
  return {
    ...option("streamLifetimeMs", milliseconds(given("ITER_STREAM_LIFETIME", env))),
    ...option("streamLingerMs", milliseconds(given("ITER_STREAM_LINGER", env))),
  };
}

/** What the environment says of where a name server is. */
export interface NameServerPlace {
  readonly host?: string;
  readonly port?: number;
  readonly broadcast: { readonly port?: number; readonly addresses?: readonly string[] };
  readonly waitForNameMs?: number;
  /** Milliseconds that each step may take. */
  readonly timeout?: number;
}

/** What the environment says of a name server that is started here. */
export function nameServerDefaults(env: Environment = processEnvironment()): NameServerDefaults {
  return {
    host: setting("HOST", env),
    port: setting("NS_PORT", env),
    broadcastPort: setting("NS_BCPORT", env),
    autoCleanMs: setting("NS_AUTOCLEAN", env) * 1000,
    ...option("broadcastHost", given("NS_BCHOST", env)),
  };
}

export interface NameServerDefaults {
  readonly host: string;
  readonly port: number;
  readonly broadcastPort: number | false;
  readonly broadcastHost?: string;
  readonly autoCleanMs: number;
}

/** What the environment says of where a name server is to be found. */
export function nameServerPlace(env: Environment = processEnvironment()): NameServerPlace {
  const host = given("NS_HOST", env);
  return {
    // The default, spelt out: it does not switch the broadcast off, in Pyro neither.
    ...(host !== undefined && host !== "localhost" && { host }),
    ...option("port", given("NS_PORT", env)),
    ...option("waitForNameMs", milliseconds(given("NS_LOOKUP_DELAY", env))),
    ...option("timeout", milliseconds(given("COMMTIMEOUT", env)) || undefined),
    broadcast: {
      ...option("port", given("NS_BCPORT", env)),
      ...option("addresses", given("BROADCAST_ADDRS", env)),
    },
  };
}

/** An option, where the environment has it. */
function option<Name extends string, V>(name: Name, value: V | undefined): { [Key in Name]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]?: V });
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
