import { Daemon, type DaemonOptions } from "../daemon.ts";
import { currentContext, expose } from "../objects/index.ts";
import { withDefaults } from "../options.ts";
import type { ListenOptions } from "../pyro/index.ts";
import { PyroUri, parseLocation, parseUri } from "../pyro/uri.ts";
import { type NameServerDefaults, nameServerDefaults } from "../settings/defaults.ts";
import { AutoCleaner } from "./auto-clean.ts";
import { BroadcastResponder, broadcastRefusal } from "./broadcast.ts";
import type { NameLimits } from "./limits.ts";
import { NAME_SERVER_METHODS, NAME_SERVER_NAME, NameServer } from "./name-server.ts";
import { openNameStore } from "./open-store.ts";

expose(NameServer, {
  ...(Object.fromEntries(NAME_SERVER_METHODS.map((name) => [name, true])) as Record<
    (typeof NAME_SERVER_METHODS)[number],
    true
  >),
  // Ours alone: clients of Pyro do not look for it.
  watch: true,
  statistics: true,
});

/** Where a name server listens, what it keeps its names in, and its limits. */
export interface NameServerServeOptions extends DaemonOptions, NameLimits {
  /** Default: HOST of the environment, else `localhost`. */
  readonly host?: string;
  /** Default: `BUNSEN_NS_PORT` or `PYRO_NS_PORT` of the environment, else 9090; 0 picks a free one. */
  readonly port?: number;
  /** Listens at this Unix socket instead. */
  readonly unixSocket?: string;
  /** `memory` (default) or `sql:FILE`. */
  readonly storage?: string;
  /**
   * UDP port of the broadcast responder. Default: `BUNSEN_NS_BCPORT` or `PYRO_NS_BCPORT` of the environment, else 9091;
   * 0 picks a free one; false starts none.
   */
  readonly broadcastPort?: number | false;
  /** Local address of the broadcast responder. Default: NS_BCHOST of the environment, else all. */
  readonly broadcastHost?: string;
  /** Milliseconds between two rounds that remove what cannot be reached; 0 is never. Default: NS_AUTOCLEAN of the environment, else 0. */
  readonly autoCleanMs?: number;
  /** Watchers at once; 1,000 by default. */
  readonly maxWatchers?: number;
  /** Limits on connections and messages. */
  readonly listen?: ListenOptions;
}

/** A name server that runs, with whatever belongs to it. */
export interface RunningNameServer extends AsyncDisposable {
  /** As others are told: with `listen.natHost`, the one outside. */
  readonly uri: PyroUri;
  /** Where it listens. The same as `uri`, except behind NAT, or at `0.0.0.0`. */
  readonly internalUri: PyroUri;
  readonly names: NameServer;
  /** Where it answers broadcasts; undefined where it does not, and `broadcastRefusal` says why. */
  readonly broadcast: { readonly host: string; readonly port: number } | undefined;
  readonly broadcastRefusal: string | undefined;
  close(): Promise<void>;
}

/**
 * Starts a name server that Pyro4 and Pyro5 share.
 * @throws CommunicationError `ERR_LISTEN`; NamingError `ERR_NAME_STORE`; BunsenError `ERR_BAD_OPTION`, `ERR_BROADCAST`.
 */
export async function startNameServer(
  options: NameServerServeOptions = {},
): Promise<RunningNameServer> {
  const settled = withDefaults<Settled>(nameServerDefaults(), options);
  const { host, port, unixSocket, autoCleanMs } = settled;
  const store = await openNameStore(options.storage);
  const names = new NameServer({ ...options, store, generation: callersGeneration });
  const daemon = new Daemon(options);
  const stack = new AsyncDisposableStack();
  stack.defer(() => names.close());
  stack.defer(() => daemon.close());
  try {
    daemon.register(NAME_SERVER_NAME, names);
    const at = host.includes(":") ? `[${host}]` : host;
    const url = unixSocket ? `pyro://./u:${unixSocket}` : `pyro://${at}:${port}`;
    const { address } = await daemon.listen(url, options.listen);
    const uri = parseUri(daemon.uriFor(NAME_SERVER_NAME));
    const location = parseLocation(address);
    const internalUri = new PyroUri({ protocol: "PYRO", object: NAME_SERVER_NAME, location });
    names.registerSelf(uri);
    // Broadcasts do not leave the network.
    const broadcast = await startBroadcast(internalUri, settled);
    if (broadcast.responder) stack.use(broadcast.responder);
    if (autoCleanMs) {
      const cleaner = stack.use(new AutoCleaner(names, { intervalMs: autoCleanMs }));
      cleaner.start();
    }
    const owned = stack.move();
    const close = () => owned.disposeAsync();
    return {
      uri,
      internalUri,
      names,
      broadcast: broadcast.responder?.address,
      broadcastRefusal: broadcast.refusal,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** The options, with what the environment or the default has for those that are missing. */
type Settled = NameServerServeOptions & NameServerDefaults;

async function startBroadcast(
  uri: PyroUri,
  { broadcastPort, broadcastHost }: Settled,
): Promise<{ responder?: BroadcastResponder; refusal?: string | undefined }> {
  if (broadcastPort === false) return { refusal: "Not starting broadcast server: switched off." };
  const refusal = uri.location.kind === "none" ? undefined : broadcastRefusal(uri.location);
  if (refusal !== undefined) return { refusal };
  const where = broadcastHost === undefined ? {} : { host: broadcastHost };
  return { responder: await BroadcastResponder.listen({ uri, port: broadcastPort, ...where }) };
}

/** Pyro4's and Pyro5's `list` have other parameters at the same places. */
function callersGeneration(): 4 | 5 | undefined {
  switch (currentContext()?.caller.dialect) {
    case "pyro4":
      return 4;
    case "pyro5":
      return 5;
    default:
      return undefined;
  }
}
