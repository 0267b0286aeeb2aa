import { BunsenError, DaemonError } from "./errors.ts";
import { type Logger, stderrLogger } from "./log.ts";
import { Announcement, type AnnounceOptions } from "./names/announcement.ts";
import { type CallHook, Dispatcher, type HandshakeHook } from "./objects/dispatcher.ts";
import type { RegisterOptions } from "./objects/entry.ts";
import { Registry } from "./objects/registry.ts";
import { withDefaults } from "./options.ts";
import {
  type Counters,
  DAEMON_ID,
  DaemonObject,
  DEFAULT_STREAM_OPTIONS,
  type ListenOptions,
  metadataOf,
  type ProxyReference,
  PyroListener,
  PyroUri,
  parseLocation,
  proxyFromReference,
  type StreamOptions,
  StreamTable,
} from "./pyro/index.ts";
import { type ClassRegistry, classes } from "./values/classes.ts";

/** What holds for a whole daemon. Each has a default in `docs/configuration.md`. */
export interface DaemonOptions extends Partial<StreamOptions> {
  /** Where log lines go; a pino logger fits. Default: warnings and errors, to standard error. */
  readonly logger?: Logger;
  /** How custom classes travel. Default: what `registerClass` registered. */
  readonly classes?: ClassRegistry;
  /** Annotations added to every answer. */
  readonly annotations?: () => ReadonlyMap<string, Uint8Array>;
}

/** One registered object. */
export interface Registration {
  readonly id: string;
  /** Where it can be called. Throws `ERR_NOT_LISTENING` before `listen`. */
  readonly uri: string;
  unregister(): void;
}

/** One place where a daemon can be reached. */
export interface Listener extends AsyncDisposable {
  /** As in a URI: `pyro://host:port`, with the port that was bound. */
  readonly url: string;
  /** `host:port`, `[ipv6]:port` or `./u:path`. */
  readonly address: string;
  close(): Promise<void>;
}

/** Serves objects to remote callers, in any dialect it listens in. */
export class Daemon implements AsyncDisposable {
  readonly #registry = new Registry();
  readonly #dispatcher = new Dispatcher(this.#registry);
  readonly #streams: StreamTable;
  readonly #logger: Logger;
  readonly #classes: ClassRegistry;
  readonly #annotations: DaemonOptions["annotations"];
  readonly #counters: Counters = { connections: 0, calls: 0, errors: 0 };
  readonly #listeners: PyroListener[] = [];
  readonly #closing: (() => unknown)[] = [];
  #closed: Promise<void> | undefined;

  constructor(options: DaemonOptions = {}) {
    this.#logger = options.logger ?? stderrLogger();
    this.#classes = options.classes ?? classes;
    this.#annotations = options.annotations;
    this.#streams = new StreamTable(withDefaults<StreamOptions>(DEFAULT_STREAM_OPTIONS, options));
    const describe = () =>
      this.#listeners.map((listener) => listener.address).join(", ") || "nothing";
    this.#registry.register(DAEMON_ID, new DaemonObject(this.#registry, this.#streams, describe));
  }

  /** Connections, calls and errors so far. */
  get counters(): Readonly<Counters> {
    return this.#counters;
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
    this.#registry.register(id, target, options);
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
    if (idOrObject !== DAEMON_ID) this.#registry.unregister(idOrObject);
  }

  /**
   * The URI of a registered object, at the first place that the daemon listens.
   * @throws DaemonError `ERR_NOT_LISTENING`, `ERR_UNKNOWN_OBJECT`.
   */
  uriFor(idOrObject: string | object): string {
    const id = typeof idOrObject === "string" ? idOrObject : this.#registry.idOf(idOrObject);
    if (id === undefined || this.#registry.get(id) === undefined) {
      throw new DaemonError(
        "ERR_UNKNOWN_OBJECT",
        `${id ? `"${id}"` : "This object"} is not registered on this daemon`,
      );
    }
    const [listener] = this.#listeners;
    if (listener === undefined) {
      throw new DaemonError(
        "ERR_NOT_LISTENING",
        `The daemon listens nowhere yet; await daemon.listen("pyro://localhost:0") first`,
      );
    }
    return new PyroUri({ protocol: "PYRO", object: id, location: listener.location }).toString();
  }

  /**
   * Opens a place to be called at: `pyro://host:port` (port 0 picks a free one), `pyro://[ipv6]:port`,
   * `pyro://./u:/path/of.sock`. Pyro 4 and 5 callers share it.
   * @throws CommunicationError `ERR_LISTEN`.
   */
  async listen(url: string, options: ListenOptions = {}): Promise<Listener> {
    if (this.#closed) throw closedDaemon();
    const location = parseListenUrl(url);
    const travel = {
      classes: this.#classes,
      publish: (target: object) => this.#referenceOf(target),
    };
    const listener = await PyroListener.open(
      location,
      {
        dispatcher: this.#dispatcher,
        streams: this.#streams,
        logger: this.#logger,
        annotations: this.#annotations,
        counters: this.#counters,
        classOptions: {
          ...travel,
          proxyOf: (reference) => proxyFromReference(reference, travel),
        },
      },
      options,
    );
    if (this.#closed) {
      await listener.close();
      throw closedDaemon();
    }
    this.#listeners.push(listener);
    this.#logger.info({ address: listener.address }, "listening");
    return {
      url: `pyro://${listener.address}`,
      address: listener.address,
      close: () => this.#closeListener(listener),
      [Symbol.asyncDispose]: () => this.#closeListener(listener),
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
    const uri = this.uriFor(idOrObject);
    const announcement = await Announcement.make(name, uri, options, this.#logger);
    this.onClose(() => announcement.close());
    return announcement;
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
    this.#closing.push(action);
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
    await Promise.allSettled(this.#closing.map(async (action) => action()));
    await Promise.all(this.#listeners.splice(0).map((listener) => listener.close()));
    this.#streams.closeAll();
  }

  async #closeListener(listener: PyroListener): Promise<void> {
    const index = this.#listeners.indexOf(listener);
    if (index >= 0) this.#listeners.splice(index, 1);
    await listener.close();
  }

  /** A registered object travels as a proxy of itself. */
  #referenceOf(target: object): ProxyReference | undefined {
    const id = this.#registry.idOf(target);
    const entry = id === undefined ? undefined : this.#registry.get(id);
    if (id === undefined || entry === undefined || this.#listeners.length === 0) return undefined;
    return {
      uri: this.uriFor(id),
      metadata: metadataOf(entry.exposure),
      handshake: "hello",
      serializer: undefined,
    };
  }
}

function closedDaemon(): DaemonError {
  return new DaemonError("ERR_CLOSED", "The daemon is closed; make a new one");
}

function parseListenUrl(url: string): ReturnType<typeof parseLocation> {
  const match = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/s.exec(url);
  if (match?.[1] !== "pyro") {
    throw new BunsenError(
      "ERR_BAD_URL",
      `Expected a URL to listen at such as "pyro://localhost:9999", "pyro://[::1]:0" or "pyro://./u:/run/lab.sock", got ${JSON.stringify(url)}`,
    );
  }
  const location = parseLocation(match[2] as string, { defaultPort: 0 });
  // Without a host, all of this machine's addresses, as in Pyro.
  return location.kind === "tcp" && location.host === ""
    ? { ...location, host: "0.0.0.0" }
    : location;
}
