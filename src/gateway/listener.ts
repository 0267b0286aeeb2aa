import http, { type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { BunsenError } from "../errors.ts";
import { publishedLocation } from "../net/addresses.ts";
import { formatLocation, type Location } from "../net/location.ts";
import { type Acceptor, bind } from "../net/socket.ts";
import { serverOptions } from "../net/tls.ts";
import type { ListeningHost, ListenOptions } from "../pyro/index.ts";
import { Admission } from "./admission.ts";
import { GatewayCalls } from "./calls.ts";
import { ConsolePage } from "./console.ts";
import { GatewayObjects } from "./objects.ts";
import { type GatewayOptions, MAX_CONNECTIONS } from "./options.ts";
import { GatewayRequests } from "./requests.ts";
import { SocketIo } from "./socket-io.ts";
import { Upgrades } from "./upgrades.ts";

/** What holds for the place itself, and for the calls of a WebSocket as for those of Pyro's callers. */
export type GatewayPlace = Omit<ListenOptions, "hmacKeys" | "natHost" | "natPort">;

/** A place where objects are called by HTTP, as Pyro's gateways have it and beyond. */
export class GatewayListener implements AsyncDisposable {
  readonly location: Location;
  readonly scheme: "http" | "https";
  readonly objects: GatewayObjects;
  readonly #acceptor: Acceptor;
  readonly #server: http.Server;
  readonly #upgrades: Upgrades;
  readonly #socketIo: SocketIo | undefined;

  private constructor(
    acceptor: Acceptor,
    server: http.Server,
    scheme: "http" | "https",
    objects: GatewayObjects,
    upgrades: Upgrades,
    socketIo: SocketIo | undefined,
  ) {
    this.location = acceptor.location;
    this.scheme = scheme;
    this.objects = objects;
    this.#acceptor = acceptor;
    this.#server = server;
    this.#upgrades = upgrades;
    this.#socketIo = socketIo;
  }

  /** @throws CommunicationError `ERR_LISTEN`; NamingError `ERR_BAD_REGEX`; BunsenError `ERR_BAD_OPTION`. */
  static async open(
    location: Location,
    host: ListeningHost,
    place: GatewayPlace,
    options: GatewayOptions,
  ): Promise<GatewayListener> {
    const { tls, maxConnections = MAX_CONNECTIONS, handshakeTimeoutMs = 10_000 } = place;
    const objects = new GatewayObjects(host, options);
    checkRoot(objects, options);
    const scheme = tls ? "https" : "http";
    const admission = new Admission(options, tls || undefined);
    const calls = new GatewayCalls(host, objects, options);
    const requests = new GatewayRequests(host, objects, calls, admission, scheme, options);
    const upgrades = new Upgrades(host, objects, admission, place);
    const socketIo = options.socketIo
      ? await SocketIo.open({ host, objects, calls, admission, options, place })
      : undefined;
    const page = options.console === false ? undefined : ConsolePage.find(admission);
    const receive = (request: IncomingMessage, response: ServerResponse) => {
      if (socketIo && SocketIo.takes(request.url)) socketIo.receive(request, response);
      else if (!page?.receive(request, response)) requests.receive(request, response);
    };
    const basics = {
      noDelay: true,
      keepAlive: true,
      headersTimeout: handshakeTimeoutMs,
      // Node looks for heads that are late so often; by itself, each half minute.
      connectionsCheckingInterval: Math.min(handshakeTimeoutMs, CHECKING_MS),
    };
    const server = tls
      ? https.createServer({ ...basics, ...serverOptions(tls, handshakeTimeoutMs) }, receive)
      : http.createServer(basics, receive);
    server.maxConnections = maxConnections;
    const { counters } = host;
    const uncount = () => {
      counters.connections -= 1;
    };
    server.on(tls ? "secureConnection" : "connection", (socket: Socket) => {
      counters.connections += 1;
      socket.once("close", uncount);
    });
    server.on("upgrade", (request, socket: Socket, head) => {
      if (socketIo && SocketIo.takes(request.url)) {
        socketIo.upgrade(request, socket, head);
        return;
      }
      // A WebSocket is counted by whoever serves it.
      socket.off("close", uncount);
      uncount();
      void upgrades.receive(request, socket, head);
    });
    const acceptor = await bind(server, location);
    return new GatewayListener(acceptor, server, scheme, objects, upgrades, socketIo);
  }

  /** `host:port`, with the port that was bound. */
  get address(): string {
    return formatLocation(this.location);
  }

  /** Where people find it: an address of this machine in place of all of them. */
  get published(): string {
    return formatLocation(publishedLocation(this.location, undefined, undefined));
  }

  /** Stops accepting and cuts what is open. May be called twice. */
  async close(): Promise<void> {
    await this.#acceptor.close();
    this.#upgrades.close();
    await this.#socketIo?.close();
    this.#server.closeAllConnections();
    await this.objects.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** How late a connection may be cut that sends no request. */
const CHECKING_MS = 5000;

function checkRoot(objects: GatewayObjects, { root }: GatewayOptions): void {
  if (root === undefined || objects.exposes(root)) return;
  throw new BunsenError(
    "ERR_BAD_OPTION",
    `the gateway's option root is ${JSON.stringify(root)}, which its option expose does not let through`,
  );
}
