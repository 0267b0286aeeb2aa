import { type AnnounceOptions, Daemon } from "../daemon.ts";
import type { Logger } from "../log.ts";
import { stderrLogger } from "../log.ts";
import { expose } from "../objects/expose.ts";
import type { Via } from "../tunnels/shared.ts";
import { closeOnSignals } from "./signals.ts";

/** How an object is served under a name. */
export interface ServeNamedOptions {
  /** The name in the name server. Callers can read it as `name`. */
  readonly name: string;
  /** The id of the object. Default: its name. */
  readonly objectId?: string;
  /** Where to listen. Default `pyro://localhost:0`, a free port of loopback; with `via`, of the far end's. */
  readonly url?: string;
  /**
   * Which name server, and how the name is looked after; `false` for none. Default: as found, see `locateNameServer`. A name
   * that is there already is taken over, unless `safe` is true: a server that was killed has left its own behind.
   */
  readonly nameServer?: Omit<AnnounceOptions, "via"> | false;
  /** A tunnel of OpenSSH: the object is called at its far end, and its name is in the name server there. */
  readonly via?: Via;
  /** Exposes the members whose names match, of an object whose class was not made for it. */
  readonly expose?: RegExp;
  /** One call at a time, for devices that take no more. `ping` and its like are answered meanwhile. */
  readonly serial?: boolean;
  /** Callers can read it as `logfile`; it is for people to know where to look. */
  readonly logFile?: string;
  /** Where log lines go. Default: warnings and errors, to standard error. */
  readonly logger?: Logger;
  /** Whether SIGINT, SIGTERM and SIGHUP end the server, and then the process. Default true. */
  readonly signals?: boolean;
}

/** An object that is served under a name. */
export interface NamedServer extends AsyncDisposable {
  readonly daemon: Daemon;
  readonly name: string;
  /** Where it can be called. */
  readonly uri: string;
  /** Settles when it is closed. */
  readonly closed: Promise<void>;
  /** Takes the name out of the name server, and stops. May be called twice. */
  close(): Promise<void>;
}

/** What every server of `Pyro4Server` offers, as its release 2 does. Clients use it to see whether it lives. */
class ServerMembers {
  /** The name it was announced by. */
  readonly name: string;
  /** Where its log lines are, for people. */
  readonly logfile: string | null;
  #running = true;

  constructor(name: string, logfile: string | undefined) {
    this.name = name;
    this.logfile = logfile ?? null;
  }

  /** Answers. */
  ping(): string {
    return "hello";
  }

  /** Whether it has not begun to close. */
  running(): boolean {
    return this.#running;
  }

  stop(): void {
    this.#running = false;
  }
}
expose(ServerMembers, { name: true, logfile: true, ping: true, running: true });

/**
 * Serves one object under a name, with `ping`, `running`, `name` and `logfile` beside its own members: what the base class
 * `Pyro4Server` and its `launch_server` did. Resolves when it can be called.
 * @throws as `daemon.listen` and `daemon.announce`.
 */
export async function serveNamed<T extends object>(
  target: T,
  options: ServeNamedOptions,
): Promise<NamedServer> {
  const {
    name,
    objectId = name,
    url = "pyro://localhost:0",
    nameServer,
    via,
    signals = true,
  } = options;
  const logger = options.logger ?? stderrLogger();
  const members = new ServerMembers(name, options.logFile);
  const daemon = new Daemon({ logger });
  daemon.register(objectId, target, {
    ...(options.expose && { expose: options.expose }),
    ...(options.serial && { serial: true }),
    beside: members,
  });
  const closed = Promise.withResolvers<void>();
  const close = async () => {
    members.stop();
    forget();
    await daemon.close();
    closed.resolve();
  };
  const forget = signals ? closeOnSignals(close, logger) : () => {};
  try {
    await daemon.listen(url, via === undefined ? {} : { via });
    if (nameServer !== false) {
      await daemon.announce(objectId, name, { ...nameServer, ...(via !== undefined && { via }) });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    daemon,
    name,
    uri: daemon.uriFor(objectId),
    closed: closed.promise,
    close,
    [Symbol.asyncDispose]: close,
  };
}
