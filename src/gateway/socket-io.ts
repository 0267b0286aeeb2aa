import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket as NetSocket } from "node:net";
import type { Server, Socket } from "socket.io";
import { BunsenError, CommunicationError, NamingError, SecurityError } from "../errors.ts";
import { certificateOf } from "../net/tls.ts";
import type { Caller } from "../objects/call.ts";
import type { Entry } from "../objects/entry.ts";
import { Session } from "../objects/session.ts";
import type { ListeningHost } from "../pyro/index.ts";
import { asError } from "../values/exceptions.ts";
import { type Admission, addressOf, certifiedOf } from "./admission.ts";
import { sendText } from "./answers.ts";
import type { GatewayCalls } from "./calls.ts";
import type { GatewayPlace } from "./listener.ts";
import { type GatewayObjects, matcher } from "./objects.ts";
import type { GatewayOptions } from "./options.ts";
import { readParameters, readPath } from "./request.ts";
import { type CallerHost, failure, SocketCaller } from "./socket-io-caller.ts";
import { refuseUpgrade } from "./upgrades.ts";

const PATH = "/socket.io/";
const CLIENT = /^\/socket\.io\/socket\.io[\w.]*\.js(\.map)?(\?|$)/;

/** What a gateway has, and Socket.IO shares. */
export interface SocketIoParts {
  readonly host: ListeningHost;
  readonly objects: GatewayObjects;
  readonly calls: GatewayCalls;
  readonly admission: Admission;
  readonly options: GatewayOptions;
  readonly place: GatewayPlace;
}

/** Where a page came from, and what it showed. */
interface Arrival extends Pick<Caller, "address" | "certificate"> {
  readonly certified: string | undefined;
}

/**
 * Socket.IO, as flaskify_io of pyro_support gave it: an event a method. Each object is a namespace, `/lab.thermostat`;
 * the one without a name is that of the gateway's option `root`.
 */
export class SocketIo {
  readonly #server: Server;
  /** Never listens: what the gateway lets in is handed on through it. */
  readonly #inner: http.Server;
  readonly #host: ListeningHost;
  readonly #objects: GatewayObjects;
  readonly #calls: GatewayCalls;
  readonly #admission: Admission;
  readonly #root: string | undefined;
  readonly #callerHost: CallerHost;
  readonly #arrivals = new WeakMap<IncomingMessage, Arrival>();

  private constructor(SocketServer: typeof Server, parts: SocketIoParts) {
    const { host, objects, calls, admission, options, place } = parts;
    this.#host = host;
    this.#objects = objects;
    this.#calls = calls;
    this.#admission = admission;
    this.#root = options.root;
    this.#callerHost = {
      calls,
      find: (object) => this.#find(object),
      refuse: (caller) => admission.refuseCall(caller),
      isBroadcast: broadcasts(options),
      failed: () => {
        host.counters.errors += 1;
      },
    };
    this.#inner = http.createServer();
    this.#server = new SocketServer(this.#inner, {
      path: PATH,
      // Pages of flaskify_io's time load a client of protocol 3.
      allowEIO3: true,
      maxHttpBufferSize: calls.limits.maxBodyBytes,
      connectTimeout: place.handshakeTimeoutMs ?? HANDSHAKE_MS,
      // Namespaces are made for whoever asks: none may stay.
      cleanupEmptyChildNamespaces: true,
    });
    this.#server.engine.on(
      "connection",
      ({ transport }: { transport: { closeTimeout?: number } }) => {
        // So long one that polls may come to hear that it was closed; by itself, 30 s, for which the process would stay.
        transport.closeTimeout = LINGER_MS;
      },
    );
    const every = this.#server.of((_name, _auth, next) => next(null, true));
    for (const namespace of [this.#server.of("/"), every]) {
      namespace.use((socket, next) => {
        this.#admit(socket).then(
          () => next(),
          (error: unknown) => {
            const refused = asError(error);
            this.#logRefusal(socket.handshake.address, refused.message);
            next(refusal(refused, calls));
          },
        );
      });
      namespace.on("connection", (socket: Socket) => this.#serve(socket));
    }
  }

  /** @throws BunsenError `ERR_MISSING_PACKAGE`; NamingError `ERR_BAD_REGEX`. */
  static async open(parts: SocketIoParts): Promise<SocketIo> {
    const { Server: SocketServer } = await socketIo();
    return new SocketIo(SocketServer, parts);
  }

  /** Whether a request's target is one of Socket.IO's. */
  static takes(target: string | undefined): boolean {
    return target?.startsWith(PATH) ?? false;
  }

  receive(request: IncomingMessage, response: ServerResponse): void {
    const cors = this.#admission.corsHeaders(request.headers);
    // The client is a public file: a page of any site may have its script from here.
    const isClient = CLIENT.test(request.url ?? "");
    const refused = isClient
      ? undefined
      : this.#admission.refuse(request, { counts: this.#isNew(request) });
    if (refused) {
      this.#logRefusal(addressOf(request.socket), refused.text);
      sendText(response, refused.status, refused.text, cors);
      return;
    }
    if (request.method === "OPTIONS") {
      sendText(response, 200, "200 OK", cors);
      return;
    }
    this.#note(request);
    for (let i = 0; i < cors.length; i += 2) {
      response.setHeader(cors[i] as string, cors[i + 1] as string);
    }
    this.#inner.emit("request", request, response);
  }

  upgrade(request: IncomingMessage, socket: NetSocket, head: Buffer): void {
    // What it is handed to listens only when it has looked at the request.
    socket.on("error", () => socket.destroy());
    const refused = this.#admission.refuse(request, { counts: this.#isNew(request) });
    if (refused) {
      this.#logRefusal(addressOf(socket), refused.text);
      refuseUpgrade(socket, refused.status, refused.text);
      return;
    }
    this.#note(request);
    this.#inner.emit("upgrade", request, socket, head);
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  #logRefusal(peer: string, text: string): void {
    this.#host.logger.warn({ peer }, `Socket.IO refused: ${text}`);
  }

  /** Notes who comes, while the connection is there: a page that polls has another one by the time it is let in. */
  #note(request: IncomingMessage): void {
    const { socket } = request;
    this.#arrivals.set(request, {
      address: addressOf(socket),
      certified: certifiedOf(socket),
      certificate: certificateOf(socket),
    });
  }

  /** What belongs to a connection that was let in is no request of its own. */
  #isNew({ url = "" }: IncomingMessage): boolean {
    const { clients } = this.#server.engine as unknown as { readonly clients: object };
    const sid = new URLSearchParams(url.slice(url.indexOf("?") + 1)).get("sid");
    return sid === null || !Object.hasOwn(clients, sid);
  }

  #find(object: string): Entry | Promise<Entry> {
    if (object === "") {
      throw new NamingError(
        "ERR_NAME_UNKNOWN",
        "no object is called here; connect to its namespace, such as /lab.thermostat, or name one in the gateway's option root",
      );
    }
    if (this.#objects.exposes(object)) return this.#objects.find(object);
    throw new SecurityError(
      "ERR_SECURITY",
      "403 Forbidden - access to the requested object has been denied",
    );
  }

  /** Judges who connects to an object. */
  async #admit(socket: Socket): Promise<void> {
    const { request, nsp, handshake } = socket;
    const object = nsp.name === "/" ? (this.#root ?? "") : readPath(nsp.name);
    const parameters = readParameters(request.url?.split("?", 2)[1] ?? "");
    const { key, ...auth } = handshake.auth;
    if (typeof key === "string") parameters["$key"] = key;
    const arrival = this.#arrivals.get(request);
    // Keys that are tried count, too.
    const tooMany = arrival && this.#admission.refuseCall(arrival);
    if (tooMany) throw new CommunicationError("ERR_TOO_MANY_CALLS", tooMany, { retry: "later" });
    const known = arrival && this.#admission.callerOf(request, parameters, arrival.certified);
    if (!known) {
      throw new SecurityError("ERR_SECURITY", "403 Forbidden - incorrect gateway api key");
    }
    const caller: Caller = {
      dialect: "socket.io",
      address: arrival.address,
      identity: known.identity,
      certificate: arrival.certificate,
      handshake: auth,
      session: new Session(),
    };
    // Clients of protocol 3 connect there before they go to their namespace.
    if (object !== "") await this.#judge(object, caller);
    socket.data = new SocketCaller(socket, object, caller, this.#callerHost);
  }

  async #judge(object: string, caller: Caller): Promise<void> {
    try {
      const entry = await this.#find(object);
      const asked = { object, member: "$meta", body: NOTHING, oneway: false };
      const call = this.#calls.make(entry, { ...asked, correlationId: undefined });
      await this.#calls.judge(call, caller);
    } catch (error) {
      this.#close(caller.session);
      throw error;
    }
  }

  #serve(socket: Socket): void {
    const caller = socket.data as SocketCaller;
    const { sessions } = this.#host;
    sessions.add(caller.session);
    // Streams and callbacks may be many on one connection.
    socket.conn.setMaxListeners(0);
    // Its own `next` is not called: names of events are a page's, and must not meet listeners of ours.
    socket.use((event) => caller.receive(event));
    socket.on("disconnect", () => {
      sessions.delete(caller.session);
      caller.close();
      this.#close(caller.session);
    });
  }

  #close(session: Session): void {
    session.close((error) => {
      this.#host.logger.warn({ error: asError(error).message }, "freeing a resource failed");
    });
  }
}

const NOTHING = { args: [], kwargs: {} };
const HANDSHAKE_MS = 10_000;
const LINGER_MS = 1000;

function broadcasts({ socketIo }: GatewayOptions): CallerHost["isBroadcast"] {
  const pattern = typeof socketIo === "object" ? socketIo.broadcast : undefined;
  if (pattern === undefined) return () => false;
  const matches = matcher(pattern);
  return (object, member) => matches(`${object}/${member}`);
}

/** What a client is told in `connect_error`: the message, and the exception in `data`. */
function refusal(error: Error, { classes }: GatewayCalls): Error {
  return Object.assign(new Error(error.message), { data: failure(error, 5, classes[5]) });
}

let loading: Promise<typeof import("socket.io")> | undefined;

/** The package, loaded when it is first asked for. */
function socketIo(): Promise<typeof import("socket.io")> {
  loading ??= import("socket.io").catch((cause: unknown) => {
    loading = undefined;
    throw new BunsenError(
      "ERR_MISSING_PACKAGE",
      "Socket.IO needs the package socket.io, which could not be loaded; npm install socket.io@4",
      { cause },
    );
  });
  return loading;
}
