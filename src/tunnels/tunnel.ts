import { createServer } from "node:net";
import { join } from "node:path";
import {
  BunsenError,
  CommunicationError,
  ConnectionClosedError,
  SecurityError,
  TimeoutError,
} from "../errors.ts";
import type { Logger } from "../log.ts";
import { tunnelId } from "../net/addresses.ts";
import { formatLocation, type Location } from "../net/location.ts";
import { type DialOptions, dial } from "../net/socket.ts";
import type { ByteStream } from "../net/stream.ts";
import { within } from "../net/within.ts";
import { Observable } from "../objects/observable.ts";
import { withDefaults } from "../options.ts";
import { environmentLogger } from "../settings/logger.ts";
import type { KeepOptions } from "./arguments.ts";
import { hopsOf, nameOfHost, type SshHost, type SshRoute } from "./host.ts";
import { Master } from "./master.ts";
import { privateFolder, removeFolder } from "./private-folder.ts";
import type { Ended } from "./process.ts";
import { TunnelStream } from "./tunnel-stream.ts";

/** How a tunnel is opened, kept, and told of. */
export interface TunnelOptions extends Partial<KeepOptions> {
  /** Where log lines go; a pino logger fits. Default: as a daemon's. */
  readonly logger?: Logger;
  /** Gives up opening when aborted. */
  readonly signal?: AbortSignal;
}

const DEFAULT_KEEP: KeepOptions = { connectTimeoutMs: 15_000, keepAliveMs: 15_000 };

/** How a tunnel is. A lost one is opened again: at once when it is used, else after a pause that grows. */
export type TunnelState =
  | { readonly name: "opening" }
  | { readonly name: "open" }
  | { readonly name: "lost"; readonly reason: Error }
  | { readonly name: "closed" };

/** A place at the far end that has a port here. */
export interface ForwardedPort extends AsyncDisposable {
  /** Always the loopback address: others on this machine's network cannot use it. */
  readonly host: "127.0.0.1";
  readonly port: number;
  close(): Promise<void>;
}

/** A place here that has a port at the far end's loopback. */
export interface ReversePort extends AsyncDisposable {
  /** The port at the far end; another one may be given after the tunnel was opened again. */
  readonly port: Observable<number>;
  close(): Promise<void>;
}

/** What is to be set up anew each time the tunnel is opened. */
interface Standing {
  establish(master: Master): Promise<void>;
}

type State =
  | { readonly name: "opening"; readonly masters: Promise<Master>; readonly abort: AbortController }
  | { readonly name: "open"; readonly master: Master }
  | { readonly name: "lost"; readonly reason: Error; readonly retry: NodeJS.Timeout | undefined }
  | { readonly name: "closed"; readonly reason: ConnectionClosedError };

let tunnels = 0;

const FREE_PORT_TRIES = 5;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Opens a tunnel with the system's OpenSSH client: its configuration, agent, known hosts and jump hosts.
 * @throws SecurityError `ERR_SSH_HOST_KEY_CHANGED`, `ERR_SSH_HOST_KEY_UNKNOWN`, `ERR_SSH_LOGIN`;
 *   CommunicationError `ERR_SSH_CONNECT`, `ERR_SSH`; TimeoutError `ERR_SSH_TIMEOUT`;
 *   BunsenError `ERR_BAD_SSH_HOST`, `ERR_SSH_CONFIG`, `ERR_SSH_MISSING`.
 */
export async function openTunnel(route: SshRoute, options: TunnelOptions = {}): Promise<Tunnel> {
  const tunnel = new Tunnel(hopsOf(route), await privateFolder(), options);
  try {
    await within(tunnel.ready(), { signal: options.signal });
    return tunnel;
  } catch (error) {
    await tunnel.close();
    throw error;
  }
}

/** A way to what a far host can reach, and from there back to here. One ssh connection, whatever goes through it. */
export class Tunnel implements AsyncDisposable {
  /** Changes as the connection comes and goes. */
  readonly state: Observable<TunnelState> = new Observable<TunnelState>({ name: "opening" });
  /** The way, as messages name it: `user@host`, of several hops the last with the ones before it. */
  readonly name: string;
  /** In the place of an address of this machine, towards those at the far end. */
  readonly id: string;
  readonly #hops: readonly SshHost[];
  readonly #folder: string;
  readonly #keep: KeepOptions;
  readonly #logger: Logger;
  readonly #standing = new Set<Standing>();
  #inner: State;
  #opened = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #sockets = 0;
  #closed: Promise<void> | undefined;

  /** For `openTunnel`. */
  constructor(hops: readonly SshHost[], folder: string, options: TunnelOptions) {
    this.name = hops.map(nameOfHost).reverse().join(" via ");
    this.id = tunnelId(nameOfHost(hops.at(-1) as SshHost), ++tunnels);
    this.#hops = hops;
    this.#folder = folder;
    this.#keep = withDefaults<KeepOptions>(DEFAULT_KEEP, options);
    this.#logger = options.logger ?? environmentLogger();
    this.#inner = this.#open();
  }

  /** Resolves when the connection stands; rejects with the reason when it cannot be made. */
  async ready(): Promise<void> {
    await this.#master();
  }

  /**
   * A byte stream to a place as the far host sees it. No port here is used for it.
   * @param onClosed - Called when a stream that was given is over.
   * @throws CommunicationError, SecurityError: why the tunnel cannot be opened.
   */
  async dial(
    location: Location,
    options: DialOptions = { timeoutMs: 0 },
    onClosed: () => void = () => {},
  ): Promise<ByteStream> {
    const { signal, timeoutMs } = options;
    const address = `${formatLocation(location)} via ${this.name}`;
    const late = () => {
      const text = `the tunnel to ${address} was not there within ${timeoutMs} ms`;
      return new TimeoutError("ERR_CONNECT_TIMEOUT", text, { retry: "later" });
    };
    const master = await within(this.#master(), { signal, timeoutMs, late });
    const path = await within(master.socketTo(location), { signal, timeoutMs, late });
    const refusalsBefore = master.refusals;
    const stream = await dial({ kind: "unix", path }, { ...options, ...tlsAt(location, options) });
    const way = { remoteAddress: address, localHost: this.id, refusalsBefore };
    return new TunnelStream(stream, way, master, onClosed);
  }

  /**
   * Gives a place at the far end a port here, for programs that know nothing of tunnels.
   * @param options.localPort - Default: a free one.
   * @throws CommunicationError `ERR_PORT_IN_USE`, `ERR_FORWARD_REFUSED`.
   */
  async forward(
    to: { readonly host?: string; readonly port: number },
    options: { readonly localPort?: number } = {},
  ): Promise<ForwardedPort> {
    const location: Location = { kind: "tcp", host: to.host ?? "localhost", port: to.port };
    if (options.localPort !== undefined)
      return await this.#forwardFrom(options.localPort, location);
    // ssh cannot choose a port of ours: one that was free a moment ago may be taken by now.
    for (let tries = 1; ; tries++) {
      try {
        return await this.#forwardFrom(await freePort(), location);
      } catch (error) {
        const taken = error instanceof CommunicationError && error.code === "ERR_PORT_IN_USE";
        if (!taken || tries === FREE_PORT_TRIES) throw error;
      }
    }
  }

  async #forwardFrom(port: number, location: Location): Promise<ForwardedPort> {
    const standing: Standing = { establish: (master) => master.forwardPort(port, location) };
    await this.#establish(standing);
    const close = () => this.#withdraw(standing, (master) => master.cancelPort(port, location));
    return { host: "127.0.0.1", port, close, [Symbol.asyncDispose]: close };
  }

  /**
   * Gives a place here a port at the far end's loopback. It is set up again when the tunnel was broken, at the same
   * port where that is free.
   * @param options.farPort - Default: one that the far host chooses.
   * @throws CommunicationError `ERR_FORWARD_REFUSED`.
   */
  async reverse(
    from: { readonly port: number } | { readonly path: string },
    options: { readonly farPort?: number } = {},
  ): Promise<ReversePort> {
    const location: Location =
      "path" in from
        ? { kind: "unix", path: from.path }
        : { kind: "tcp", host: "127.0.0.1", port: from.port };
    let asked = options.farPort ?? 0;
    let port: Observable<number> | undefined;
    const standing: Standing = {
      async establish(master) {
        asked = port?.value ?? asked;
        const given = await master.reversePort(asked, location).catch((error: unknown) => {
          // After a break the far sshd may hold the old port for a while. A port that was asked for is not replaced.
          if (port === undefined || options.farPort !== undefined) throw error;
          asked = 0;
          return master.reversePort(0, location);
        });
        if (port === undefined) port = new Observable(given);
        else if (port.value !== given) port.set(given);
      },
    };
    await this.#establish(standing);
    const close = () => this.#withdraw(standing, (master) => master.cancelReverse(asked, location));
    return { port: port as unknown as Observable<number>, close, [Symbol.asyncDispose]: close };
  }

  /**
   * Runs a command at the far host, in its login shell. Ends it when `signal` aborts.
   * @throws CommunicationError `ERR_TUNNEL_LOST` where the tunnel breaks before it has ended.
   */
  async run(command: string, signal?: AbortSignal): Promise<Ended> {
    const master = await within(this.#master(), { signal });
    return await master.runCommand(command, signal);
  }

  /** A path for a socket that only this user can reach; it goes with the tunnel. */
  newSocketPath(): string {
    return join(this.#folder, `own-${this.#sockets++}`);
  }

  /** Ends the connection, all that goes through it, and every process of it. May be called twice. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const state = this.#inner;
    const reason = new ConnectionClosedError(
      "ERR_CLOSED",
      `the tunnel through ${this.name} was closed by this side`,
      { retry: "unknown" },
    );
    this.#inner = { name: "closed", reason };
    this.state.set({ name: "closed" });
    if (state.name === "lost") clearTimeout(state.retry);
    if (state.name === "open") await state.master.close(reason);
    if (state.name === "opening") {
      state.abort.abort(reason);
      const master = await state.masters.catch(() => undefined);
      await master?.close(reason);
    }
    await removeFolder(this.#folder);
  }

  #master(): Promise<Master> {
    const state = this.#inner;
    if (state.name === "open") return Promise.resolve(state.master);
    if (state.name === "opening") return state.masters;
    if (state.name === "closed") return Promise.reject(state.reason);
    clearTimeout(state.retry);
    const opening = this.#open();
    this.#inner = opening;
    return opening.masters;
  }

  #open(): State & { readonly name: "opening" } {
    this.state.set({ name: "opening" });
    const abort = new AbortController();
    const masters = this.#connect(abort.signal);
    const opening = { name: "opening", masters, abort } as const;
    masters.then(
      (master) => this.#isOpen(opening, master),
      (error: unknown) => {
        if (this.#inner === opening) this.#isLost(error as Error);
      },
    );
    return opening;
  }

  #isOpen(opening: State, master: Master): void {
    if (this.#inner !== opening) return;
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#inner = { name: "open", master };
    this.state.set({ name: "open" });
    void master.gone.then((reason) => {
      if (this.#inner.name === "open" && this.#inner.master === master) this.#isLost(reason);
    });
  }

  #isLost(reason: Error): void {
    // To be asked for a password again and again locks accounts, and a changed key will not change back.
    const hopeless = reason instanceof SecurityError || !(reason instanceof CommunicationError);
    const wanted = this.#standing.size > 0 && !hopeless;
    const retry = wanted
      ? setTimeout(() => void this.#master().catch(() => {}), this.#pauseMs).unref()
      : undefined;
    if (this.#standing.size > 0) {
      const then = wanted ? "it is opened again" : "it is not opened again by itself";
      this.#logger.warn({ tunnel: this.name }, `${reason.message}; ${then}`);
    }
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    this.#inner = { name: "lost", reason, retry };
    this.state.set({ name: "lost", reason });
  }

  /** Logs in at each hop, through the one before it; the last is the tunnel. */
  async #connect(signal: AbortSignal): Promise<Master> {
    const number = this.#opened++;
    let master: Master | undefined;
    try {
      for (const [index, host] of this.#hops.entries()) {
        const place = { folder: this.#folder, name: `${number}-${index}`, gateway: master };
        master = await Master.open(host, place, this.#keep, signal);
      }
      for (const standing of this.#standing) await standing.establish(master as Master);
      return master as Master;
    } catch (error) {
      await master?.close(asLost(error));
      throw error;
    }
  }

  async #establish(standing: Standing): Promise<void> {
    await standing.establish(await this.#master());
    this.#standing.add(standing);
  }

  async #withdraw(standing: Standing, undo: (master: Master) => Promise<void>): Promise<void> {
    if (!this.#standing.delete(standing) || this.#inner.name !== "open") return;
    await undo(this.#inner.master);
  }
}

function asLost(error: unknown): CommunicationError {
  if (error instanceof CommunicationError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new CommunicationError("ERR_TUNNEL_LOST", text, { cause: error, retry: "later" });
}

/** The certificate at the far end is for the far host, and not for the socket here. */
function tlsAt(location: Location, { tls }: DialOptions): Pick<DialOptions, "tls"> {
  if (!tls || location.kind === "unix") return {};
  return { tls: { serverName: location.host, ...(tls === true ? {} : tls) } };
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: 0 }, resolve);
  });
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (typeof address === "object" && address !== null) return address.port;
  throw new BunsenError("ERR_LISTEN", "this machine has no free port");
}
