import type { LocateOptions } from "../names/client.ts";
import type { GatewayManager } from "./managed-objects.ts";

/** A key that callers of a gateway may show, and whom it makes them. */
export interface GatewayKey {
  readonly key: string;
  /** What `callContext().caller.identity` is of calls with this key. */
  readonly identity?: string;
}

/** Socket.IO, beyond that it is there. */
export interface SocketIoOptions {
  /**
   * Methods whose results go to all who are connected to the object, and not to the caller alone: a pattern as `expose`,
   * of `OBJECT/METHOD`; the empty text is every method, as flaskify_io had it. Default: none.
   */
  readonly broadcast?: string | RegExp;
}

/** What a gateway lets through. Each has a default in `docs/gateway.md`. */
export interface GatewayOptions {
  /**
   * Names of the objects that can be reached. A text is a regular expression in Python's syntax that matches at the start of
   * a name, as in Pyro's gateway; the empty one is every name. Default: what is registered on the daemon, and of the
   * name server's objects those whose names start with `http.`, as in Pyro.
   */
  readonly expose?: string | RegExp;
  /** Objects of this name server can be reached, too; `true` finds it as `connect` does. Default false. */
  readonly nameServer?: LocateOptions | boolean;
  /** Objects are called by Socket.IO, too, in the namespace `/OBJECT`. Needs the package socket.io. Default false. */
  readonly socketIo?: SocketIoOptions | boolean;
  /**
   * The object that is called where a caller names none, as pages of pyro_support do: by Socket.IO without a namespace
   * (`flaskify_io`), and by `GET /METHOD?{"args": […]}` (`flaskify`). Default: none.
   */
  readonly root?: string;
  /**
   * Services of these managers of MSL-Network can be reached, too, by their names, within `expose` as what a name server
   * lists: `"msl://host:1875"`, or `{ url, user, password, tls, certFile, … }` as `connectManager` takes them. Default: none.
   */
  readonly managers?: readonly GatewayManager[];
  /** Callers must show one of these, in the header `X-Pyro-Gateway-Key` or as `$key`. Default: none is asked for. */
  readonly keys?: readonly (string | GatewayKey)[];
  /**
   * Origins whose pages may call, such as `"https://lab.example.org"`, beside the gateway's own; `"*"` is every page of
   * the world, as Pyro's `--cors`. Default: none.
   */
  readonly origins?: readonly string[];
  /**
   * Host names that the gateway is called by, beside addresses, `localhost` and this machine's own name: others are
   * refused where no key is asked for, since a page may have its own name lead to this machine. Default: none.
   */
  readonly hosts?: readonly string[];
  /**
   * Serves the web console at `/`: pages for people, of what can be called. Without it, and where it was not built, `/` is a
   * plain list. Default true.
   */
  readonly console?: boolean;
  /** Milliseconds that a call may take; 0 is without end. Default 0, as Pyro's COMMTIMEOUT. */
  readonly timeout?: number;
  /** Bytes of a request's body. Default 64 MiB. */
  readonly maxBodyBytes?: number;
  /** Calls that run at once; more are answered with 503. Default 1000. */
  readonly maxCalls?: number;
  /** Requests and calls a second of one address; more are answered with 429. 0 is any number. Default 0. */
  readonly maxRequestsPerSecond?: number;
}

export type GatewayLimits = Required<
  Pick<GatewayOptions, "timeout" | "maxBodyBytes" | "maxCalls" | "maxRequestsPerSecond">
>;

/** What a gateway's limits are unless it is told otherwise. */
export const GATEWAY_DEFAULTS: GatewayLimits = {
  timeout: 0,
  maxBodyBytes: 64 * 1024 * 1024,
  maxCalls: 1000,
  maxRequestsPerSecond: 0,
};

/** Connections that may be open at once. */
export const MAX_CONNECTIONS = 10_000;

/** What Pyro's gateway exposes of a name server. */
export const PYRO_EXPOSES = "http\\.";
