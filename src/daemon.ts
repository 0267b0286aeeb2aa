import { logCalls, withCallFields } from "./call-log.ts";
import { OwnCallbackPlace } from "./callbacks.ts";
import { ConnectionClosedError, DaemonError } from "./errors.ts";
import { type Held, heldBy } from "./held.ts";
import { addHome, type Home, removeHome } from "./homes.ts";
import type { Logger } from "./log.ts";
import type { Joined, JoinOptions } from "./msl/joining.ts";
import { Announcement, type AnnounceOptions as NameOptions } from "./names/announcement.ts";
import { type LocateOptions, locateBy } from "./names/client.ts";
import { isLoopback } from "./net/addresses.ts";
import { type AnyStream, byteStreamOf } from "./net/any-stream.ts";
import type { Location } from "./net/location.ts";
import { type CallHook, Dispatcher, type HandshakeHook } from "./objects/dispatcher.ts";
import type { RegisterOptions } from "./objects/entry.ts";
import { Registry } from "./objects/registry.ts";
import type { Session } from "./objects/session.ts";
import { withDefaults } from "./options.ts";
import { interfacesOf } from "./other-places.ts";
import { closedDaemon, type Listener, type ListenOptions, Places } from "./places.ts";
import { isProximity } from "./proximity/address.ts";
import type { BrokerOptions, BrokerWorker } from "./proximity/worker.ts";
import {
  type Counters,
  DAEMON_ID,
  DaemonObject,
  DEFAULT_STREAM_OPTIONS,
  type ListeningHost,
  metadataOf,
  type ProxyReference,
  type PyroChannelOptions,
  PyroUri,
  type StreamOptions,
  type StreamServingOptions,
  StreamTable,
  serveStream,
} from "./pyro/index.ts";
import { ReceivedProxies } from "./received.ts";
import { streamDefaults } from "./settings/defaults.ts";
import { processEnvironment, setting } from "./settings/environment.ts";
import { environmentLogger } from "./settings/logger.ts";
import type { Entrance } from "./tunnels/entrance.ts";
import type { Via } from "./tunnels/shared.ts";
import { type ClassRegistry, classes } from "./values/classes.ts";

/** What holds for a whole daemon. Each has a default in `docs/configuration.md`. */
export interface DaemonOptions extends Partial<StreamOptions> {
  /**
   * Where log lines go; a pino logger fits. Default: as LOGLEVEL and LOGFILE of the environment say, else warnings and
   * errors, to standard error.
   */
  readonly logger?: Logger;
  /** Writes a debug line for each call. Default: LOGWIRE of the environment, else false. */
  readonly logCalls?: boolean;
  /** How custom classes travel. Default: what `registerClass` registered. */
  readonly classes?: ClassRegistry;
  /** Where to look up proxies that arrive with a PYRONAME or PYROMETA URI. Default: this machine, then a broadcast. */
  readonly nameServer?: LocateOptions;
  /**
   * How objects are called that callers pass by reference: TLS, an HMAC key, a timeout. A key that arrives with a proxy,
   * as Pyro4 sends it, is not used. Default: as `connect` does without options.
   */
  readonly proxies?: Pick<PyroChannelOptions, "tls" | "hmacKey" | "timeout">;
  /** Annotations added to every answer. */
  readonly annotations?: () => ReadonlyMap<string, Uint8Array>;
}

/** How a name is registered and looked after. */
export interface AnnounceOptions extends NameOptions {
  /**
   * Registers with the name server that is found at the far end of a tunnel, and listens there, unless the daemon does
   * already: so it is called from there.
   */
  readonly via?: Via;
}

/** One registered object. */
export interface Registration {
  readonly id: string;
  /** Where it can be called. Throws `ERR_NOT_LISTENING` before `listen`. */
  readonly uri: string;
  unregister(): void;
}

/** What holds for one stream that a daemon serves. */
export interface ServeOptions extends StreamServingOptions {
  /** How `callContext().caller.address` and log lines call the other end. Default: its address, or what it is. */
  readonly name?: string;
}

/** One stream that a daemon serves. */
export interface ServedStream extends AsyncDisposable {
  /** Settles when the conversation is over, whoever ended it. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/** A daemon for what one proxy passes on. Only for those whom it is passed to: `homeOf` does not know of it. */
export interface CallbackDaemon {
  register(id: string, target: object): void;
  unregister(id: string): void;
  reference: Home;
  /** Does not keep the process alive. */
  listen(url: string, options: ListenOptions): Promise<unknown>;
  close(): Promise<void>;
}

/** Makes one. */
export let callbackDaemon: (logger?: Logger) => CallbackDaemon;

/** Serves objects to remote callers, in any dialect it listens in. */
export class Daemon implements AsyncDisposable {
  static {
    callbackDaemon = (logger) => {
      const daemon = new Daemon(logger && { logger });
      return {
        register: (id, target) => void daemon.#registry.register(id, target),
        unregister: (id) => void daemon.#registry.unregister(id),
        reference: daemon.#home,
        async listen(url, options) {
          await daemon.listen(url, options);
          daemon.#places.unref();
        },
        close: () => daemon.close(),
      };
    };
  }

  readonly #registry = new Registry();
  readonly #dispatcher = new Dispatcher(this.#registry);
  readonly #streams: StreamTable;
  readonly #logger: Logger;
  readonly #classes: ClassRegistry;
  readonly #annotations: DaemonOptions["annotations"];
  readonly #sessions = new Set<Session>();
  readonly #received: ReceivedProxies;
  readonly #counters: Counters = { connections: 0, calls: 0, errors: 0 };
  readonly #places: Places;
  readonly #closing = new Set<() => unknown>();
  readonly #home: Home = (target, local) =>
    this.#closed ? undefined : this.#referenceOf(target, this.#places.facing(local));
  #closed: Promise<void> | undefined;

  constructor(options: DaemonOptions = {}) {
    this.#logger = withCallFields(options.logger ?? environmentLogger());
    this.#places = new Places((entrance) => this.#hostFor(entrance), this.#logger);
    this.#classes = options.classes ?? classes;
    this.#annotations = options.annotations;
    const { tls, hmacKey } = options.proxies ?? {};
    const secured = tls !== undefined || hmacKey !== undefined;
    this.#received = new ReceivedProxies({
      classes: this.#classes,
      publish: this.#home,
      nameServer: options.nameServer,
      proxies: options.proxies,
      callbackPlace: () =>
        new OwnCallbackPlace({
          via: undefined,
          secured,
          daemon: () => callbackDaemon(options.logger),
        }),
    });
    const streams = { ...DEFAULT_STREAM_OPTIONS, ...streamDefaults() };
    this.#streams = new StreamTable(withDefaults<StreamOptions>(streams, options));
    if (options.logCalls ?? setting("LOGWIRE", processEnvironment())) {
      this.use(logCalls(this.#logger));
    }
    this.#registry.register(
      DAEMON_ID,
      new DaemonObject(this.#registry, this.#streams, () => `${this.#places}`),
    );
  }

  /** Connections, calls and errors so far. */
  get counters(): Readonly<Counters> {
    return this.#counters;
  }

  /** What the daemon holds at this moment. What it holds for a caller it lets go of when the caller's connection ends. */
  get held(): Held {
    return {
      objects: this.objects.length,
      sessions: this.#sessions.size,
      ...heldBy(this.#sessions),
      streams: this.#streams.size,
      proxies: this.#received.connected,
    };
  }

  /** The ids of what is registered. */
  get objects(): readonly string[] {
    return this.#registry.ids().filter((id) => id !== DAEMON_ID);
  }

  /**
   * Makes an object callable under `id`. A class is instantiated for its callers as `options.mode` says.
   * @throws DaemonError `ERR_ID_TAKEN`, `ERR_ALREADY_REGISTERED`, `ERR_NOTHING_EXPOSED`.
   */
  register<T extends object>(
    id: string,
    target: T | (new () => T),
    options: RegisterOptions<T> = {},
  ): Registration {
    if (id === DAEMON_ID) {
      throw new DaemonError(
        "ERR_ID_TAKEN",
        `"${DAEMON_ID}" is the daemon's own object; choose another id`,
      );
    }
    if (id === "" || /\s/.test(id)) {
      throw new TypeError(`Expected an object id without blanks, got ${JSON.stringify(id)}`);
    }
    const replaced = this.#registry.get(id)?.target;
    this.#registry.register(id, target, options);
    if (replaced) removeHome(replaced, this.#home);
    addHome(target, this.#home);
    const daemon = this;
    return {
      id,
      get uri() {
        return daemon.uriFor(id);
      },
      unregister: () => daemon.unregister(id),
    };
  }

  /** Removes an object, by id or itself. One that is not registered is ignored. */
  unregister(idOrObject: string | object): void {
    if (idOrObject === DAEMON_ID) return;
    const id = this.#idOf(idOrObject);
    const target = id === undefined ? undefined : this.#registry.get(id)?.target;
    if (target === undefined) return;
    this.#registry.unregister(target);
    removeHome(target, this.#home);
  }

  /**
   * The URI of a registered object, at the first place that the daemon listens. Callers are told the place that they
   * reached it at.
   * @throws DaemonError `ERR_NOT_LISTENING`, `ERR_UNKNOWN_OBJECT`.
   */
  uriFor(idOrObject: string | object): string {
    return this.#uriAt(idOrObject, undefined);
  }

  #idOf(idOrObject: string | object): string | undefined {
    return typeof idOrObject === "string" ? idOrObject : this.#registry.idOf(idOrObject);
  }

  /** @param at - Where to call it; undefined for the first place there is. */
  #uriAt(idOrObject: string | object, at: Location | undefined): string {
    const id = this.#idOf(idOrObject);
    if (id === undefined || this.#registry.get(id) === undefined) {
      throw new DaemonError(
        "ERR_UNKNOWN_OBJECT",
        `${id ? `"${id}"` : "This object"} is not registered on this daemon`,
      );
    }
    const location = at ?? this.#places.first;
    if (location === undefined) {
      throw new DaemonError(
        "ERR_NOT_LISTENING",
        `The daemon listens nowhere yet; await daemon.listen("pyro://localhost:0") first`,
      );
    }
    return new PyroUri({ protocol: "PYRO", object: id, location }).toString();
  }

  /**
   * Opens a place to be called at: `pyro://host:port` (port 0 picks a free one), `pyro://[ipv6]:port`,
   * `pyro://./u:/path/of.sock`, `http://host:port` (`https://` with `tls`) for browsers and whoever has only HTTP, or
   * `proximity://host:5555` with the package zeromq. Pyro 4 and 5 callers share a place. A daemon may listen at several;
   * `via` opens one at the far end of a tunnel. Without a URL, a free port of the host that HOST of the environment names,
   * else of localhost.
   * @throws CommunicationError `ERR_LISTEN`; with `via`, as `openTunnel`, and `ERR_FORWARD_REFUSED`.
   */
  async listen(url?: string, options: ListenOptions = {}): Promise<Listener> {
    if (this.#closed) throw closedDaemon();
    return await this.#places.listen(url, options);
  }

  /**
   * Serves whoever is at the other end of a stream: a connected socket, any other Duplex, two streams (`{ readable,
   * writable }`), a worker or its port. It is the daemon's from now on, and closed with it. As in Pyro, no handshake is
   * asked of a peer that the program itself brought here; a peer that makes one passes `validateHandshake`.
   * @throws BunsenError `ERR_STREAM_TAKEN` for a stream that carries a conversation already.
   */
  serve(stream: AnyStream, options: ServeOptions = {}): ServedStream {
    if (this.#closed) throw closedDaemon();
    const { name, ...given } = options;
    const over = Promise.withResolvers<void>();
    const served = serveStream(byteStreamOf(stream, name), this.#hostFor(), given, () => {
      unlist();
      over.resolve();
    });
    const close = () => {
      served.close(new ConnectionClosedError("ERR_CLOSED", "the daemon is closing"));
      return over.promise;
    };
    const unlist = this.#whenClosing(close);
    return { closed: over.promise, close, [Symbol.asyncDispose]: close };
  }

  #hostFor(entrance?: Entrance): ListeningHost {
    return {
      dispatcher: this.#dispatcher,
      streams: this.#streams,
      logger: this.#logger,
      annotations: this.#annotations,
      counters: this.#counters,
      sessions: this.#sessions,
      classOptions: {
        classes: this.#classes,
        proxyOf: (reference) => this.#received.proxyOf(reference, entrance?.dial),
      },
      publish: (target, at) =>
        this.#referenceOf(target, entrance?.location ?? at ?? this.#places.firstHere),
      leadTo: (uri) => this.#received.leadTo(uri),
    };
  }

  /**
   * Registers an object's URI in the name server, and again when the name server has lost it. The name is removed when
   * the daemon closes, or the announcement.
   * @throws NamingError `ERR_NO_NAME_SERVER`, `ERR_NAME_TAKEN` with `safe`.
   */
  async announce(
    idOrObject: string | object,
    name: string,
    options: AnnounceOptions = {},
  ): Promise<Announcement> {
    const { via, ...nameOptions } = options;
    const entrance = via === undefined ? undefined : await this.#places.entranceAt(via);
    // Judged before anybody is asked.
    this.uriFor(idOrObject);
    // A name server on this machine may have clients elsewhere: they could not use a loopback address.
    const uriFrom = (local: string | undefined) =>
      this.#uriAt(idOrObject, this.#places.facing(local && isLoopback(local) ? undefined : local));
    const where = entrance ? locateBy(entrance.dial, nameOptions) : nameOptions;
    const announcement = await Announcement.make(name, uriFrom, where, this.#logger);
    const unlist = this.#whenClosing(() => announcement.close());
    announcement.onClose(unlist);
    return announcement;
  }

  /**
   * Offers the objects as services of an MSL-Network manager, `msl://host:1875`, each by its id: all that are registered,
   * now or later. They are offered again when the manager was restarted, and taken off it with the daemon.
   * @throws CommunicationError `ERR_CONNECT`; SecurityError `ERR_CERT_CHANGED`, `ERR_CERT_NAME`, `ERR_CERT_UNKNOWN`,
   *   `ERR_TLS`, `ERR_LOGIN`; TimeoutError; NamingError `ERR_NAME_TAKEN`; BunsenError `ERR_BAD_URI`.
   */
  join(url: string, options?: JoinOptions): Promise<Joined>;
  /**
   * Works for a broker of PyProximity, `proximity+broker://host:5556/WORKER`: the objects are the interfaces of that
   * worker, by their ids. A broker that was restarted is joined again; the worker leaves it with the daemon.
   * @throws TimeoutError `ERR_CONNECT_TIMEOUT`; BunsenError `ERR_BAD_URI`, `ERR_MISSING_PACKAGE`.
   */
  join(url: `proximity+broker://${string}`, options?: BrokerOptions): Promise<BrokerWorker>;
  async join(
    url: string,
    options: JoinOptions | BrokerOptions = {},
  ): Promise<Joined | BrokerWorker> {
    if (this.#closed) throw closedDaemon();
    const joined = isProximity(url)
      ? await this.#joinBroker(url, options as BrokerOptions)
      : await this.#joinManager(url, options as JoinOptions);
    this.onClose(() => joined.close());
    if (this.#closed) {
      await joined.close();
      throw closedDaemon();
    }
    return joined;
  }

  async #joinManager(url: string, options: JoinOptions): Promise<Joined> {
    const { Joined } = await import("./msl/joining.ts");
    const host = { dispatcher: this.#dispatcher, logger: this.#logger };
    return await Joined.join(url, host, (id) => id !== DAEMON_ID, options);
  }

  async #joinBroker(url: string, options: BrokerOptions): Promise<BrokerWorker> {
    const { BrokerWorker } = await import("./proximity/worker.ts");
    return await BrokerWorker.join(url, interfacesOf(this.#hostFor()), options);
  }

  /** Adds a hook that every call passes, inside the ones added before. */
  use(hook: CallHook): void {
    this.#dispatcher.use(hook);
  }

  /** Judges new connections: returns the answer for the caller, or throws to refuse it. */
  validateHandshake(hook: HandshakeHook): void {
    this.#dispatcher.onHandshake(hook);
  }

  /** Runs `action` when the daemon closes. */
  onClose(action: () => unknown): void {
    this.#whenClosing(action);
  }

  /** Stops listening, closes every connection and frees what they held. May be called twice. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    // Async, so that one that throws keeps no other from running.
    await Promise.allSettled([...this.#closing].map(async (action) => action()));
    await this.#places.close();
    this.#streams.closeAll();
    await this.#received.close();
  }

  /** Returns a function that takes `action` back. */
  #whenClosing(action: () => unknown): () => void {
    const own = () => action();
    this.#closing.add(own);
    return () => this.#closing.delete(own);
  }

  /** A registered object travels as a proxy of itself. */
  #referenceOf(target: object, at: Location | undefined): ProxyReference | undefined {
    const id = this.#registry.idOf(target);
    const entry = id === undefined ? undefined : this.#registry.get(id);
    // Of a daemon that listens nowhere an object has no address: it can only be lent, to a Bunsen peer.
    if (id === undefined || entry === undefined || at === undefined || this.#closed) {
      return undefined;
    }
    return {
      uri: this.#uriAt(id, at),
      metadata: metadataOf(entry.exposure),
      handshake: "hello",
      serializer: undefined,
    };
  }
}
