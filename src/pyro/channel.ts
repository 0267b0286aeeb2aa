import { type BunsenError, ConnectionClosedError, TimeoutError } from "../errors.ts";
import type { Location } from "../net/location.ts";
import { type Dial, type DialOptions, dial } from "../net/socket.ts";
import type { ByteStream } from "../net/stream.ts";
import type { CallerTls } from "../net/tls.ts";
import { within } from "../net/within.ts";
import type { Annotations, PeerCertificate } from "../objects/call.ts";
import {
  type BatchResult,
  type CallOptions,
  type Channel,
  type ConnectionState,
  type Request,
  timeoutOf,
  withDeclaredOneway,
} from "../objects/channel.ts";
import type { Description } from "../objects/description.ts";
import { Observable } from "../objects/observable.ts";
import { createProxy } from "../objects/proxy.ts";
import { withDefaults } from "../options.ts";
import type { ClassHooks, SerializerName } from "../serializers/index.ts";
import { type ClassRegistry, classes } from "../values/classes.ts";
import type { CallbackPlace } from "./callback-place.ts";
import { CallingConnection } from "./calling.ts";
import { type ProxyReference, pyroClasses } from "./classes.ts";
import { type ConnectionLimits, DEFAULT_LIMITS } from "./connection.ts";
import { HandshakeError } from "./greeting.ts";
import type { Generation } from "./header.ts";
import { type HmacKey, MessageKey, Signing } from "./hmac.ts";
import type { Lending } from "./lending.ts";
import { descriptionFromMetadata } from "./metadata.ts";
import { defaultHost, type ServingHost } from "./serving-options.ts";
import { BY_GATEWAY, CONNECTED_SOCKET, PyroUri, parseUri } from "./uri.ts";

/** The way to the objects of one gateway. What it hands out is reached by it, too. */
export interface Gateway {
  /** The URI of one of them, such as `ws://gateway/lab.thermostat`. */
  uriOf(object: string): string;
  open(object: string, options: DialOptions): Promise<ByteStream>;
}

export interface PyroChannelOptions extends Partial<ConnectionLimits> {
  /** Milliseconds that connecting, the handshake and each call may take; 0 waits for ever. Default 0, as Pyro. */
  readonly timeout?: number;
  /** Default: msgpack between Bunsen peers, else serpent, which every Pyro has. */
  readonly serializer?: SerializerName;
  /** Default: what the daemon speaks. */
  readonly generation?: Generation;
  /** TLS with the daemon; `true` trusts what the system trusts. Default false, since a URI does not tell. */
  readonly tls?: CallerTls | boolean;
  /** Signs what is sent, and asks the same of the daemon: Pyro4's `_pyroHmacKey`. Text stands for its UTF-8 bytes. */
  readonly hmacKey?: HmacKey;
  /** Handshake data for the daemon's hook. Default `"hello"`, as Pyro. */
  readonly handshake?: unknown;
  /** Sent with the handshake. Ids are 4 ASCII characters. */
  readonly handshakeAnnotations?: Annotations;
  /**
   * Judges what the daemon's hook answered, the annotations beside it, and the daemon's certificate, where there is TLS:
   * throws, or rejects, to break off.
   */
  readonly onHandshake?: (
    answer: unknown,
    annotations: Annotations,
    certificate: PeerCertificate | undefined,
  ) => unknown;
  /** How custom classes travel. Default: what `registerClass` registered. */
  readonly classes?: ClassRegistry;
  /** Finds what a PYRONAME or PYROMETA URI stands for, anew at each connection. */
  readonly resolve?: (uri: PyroUri, signal?: AbortSignal) => Promise<PyroUri>;
  /** What to send in place of an object that is registered here; `local` is this machine's address towards the peer. */
  readonly publish?: (target: object, local: string | undefined) => ProxyReference | undefined;
  /** Opens byte streams: by way of a tunnel, say. What the object hands out is reached the same way. */
  readonly dial?: Dial;
  /** Leads to objects whose location is `BY_GATEWAY`. */
  readonly gateway?: Gateway;
  /** Where peers that are not Bunsen call what is passed to them. Default: they are passed nothing to call. */
  readonly callbackPlace?: () => CallbackPlace;
  /** Where calls of what is passed to Bunsen peers are served. Default: a dispatcher without hooks. */
  readonly host?: () => ServingHost;
}

type State =
  | { readonly name: "idle" }
  | {
      readonly name: "connecting";
      readonly connection: Promise<CallingConnection>;
      readonly abort: AbortController;
    }
  | { readonly name: "connected"; readonly connection: CallingConnection };

/** A remote object of a Pyro daemon. A lost connection is made anew by the next call, never by itself. */
export class PyroChannel implements Channel {
  readonly uri: string;
  readonly state: Observable<ConnectionState> = new Observable<ConnectionState>({ name: "idle" });
  description: Description | undefined;
  readonly #target: PyroUri;
  readonly #options: PyroChannelOptions;
  readonly #limits: ConnectionLimits;
  readonly #key: MessageKey | undefined;
  /** What the program handed over in place of an address: good for one connection. */
  #stream: ByteStream | "used" | undefined;
  #generation: Generation | undefined;
  #inner: State = { name: "idle" };
  #callbackPlace: CallbackPlace | undefined;

  /** @param stream - What leads to the object, where it has no address: good for one connection. */
  constructor(
    target: PyroUri,
    options: PyroChannelOptions = {},
    description?: Description,
    stream?: ByteStream,
  ) {
    this.#target = target;
    this.#stream = stream;
    this.uri = gatewayOf(target.location, options)?.uriOf(target.object) ?? target.toString();
    this.#options = options;
    this.#limits = withDefaults<ConnectionLimits>(DEFAULT_LIMITS, options);
    this.#key = options.hmacKey === undefined ? undefined : new MessageKey(options.hmacKey);
    this.#generation = options.generation;
    this.description = description;
  }

  async open(): Promise<void> {
    await this.#connected();
  }

  call(request: Request): Promise<unknown> {
    const state = this.#inner;
    const sent = withDeclaredOneway(request, this.description);
    if (state.name === "connected") return state.connection.call(sent, this.#timeout);
    return this.#connectedFor(sent).then((connection) => connection.call(sent, this.#timeout));
  }

  async batch(requests: readonly Request[], oneway: boolean): Promise<readonly BatchResult[]> {
    const [first] = requests;
    const connection = await (first ? this.#connectedFor(first) : this.#connected());
    return connection.batch(requests, oneway, this.#timeout);
  }

  async ping(options: CallOptions): Promise<unknown> {
    const request = { member: "ping", kind: "call", args: [], kwargs: null, options } as const;
    const connection = await this.#connectedFor(request);
    return await connection.callDaemon("ping", [], options);
  }

  async close(): Promise<void> {
    const state = this.#inner;
    this.#inner = { name: "idle" };
    const reason = new ConnectionClosedError("ERR_CLOSED", `${this.uri}: closed by this side`, {
      retry: "now",
    });
    if (state.name === "connected") state.connection.close(reason);
    if (state.name === "connecting") state.abort.abort(reason);
    this.state.set({ name: "idle" });
    const place = this.#callbackPlace;
    this.#callbackPlace = undefined;
    await place?.close();
  }

  get localHost(): string | undefined {
    return this.#inner.name === "connected" ? this.#inner.connection.localHost : undefined;
  }

  get #timeout(): number {
    return this.#options.timeout ?? 0;
  }

  #connected(): Promise<CallingConnection> {
    const state = this.#inner;
    if (state.name === "connected") return Promise.resolve(state.connection);
    if (state.name === "connecting") return state.connection;
    const abort = new AbortController();
    const connection = within(this.#connect(abort.signal), { signal: abort.signal });
    const connecting: State = { name: "connecting", connection, abort };
    this.#inner = connecting;
    connection.then(
      (made) => {
        if (this.#inner !== connecting) return;
        // What followed the handshake may have ended the connection already.
        if (made.closedBecause) this.#failed(made.closedBecause);
        else this.#inner = { name: "connected", connection: made };
      },
      (error: unknown) => {
        if (this.#inner === connecting) this.#failed(error as Error);
      },
    );
    return connection;
  }

  /** The connection for one call, which may have less time than connecting takes. */
  #connectedFor(request: Request): Promise<CallingConnection> {
    const { signal } = request.options;
    const timeoutMs = timeoutOf(request, 0);
    if (signal?.aborted) return Promise.reject(signal.reason);
    const late = () => {
      const text = `${this.uri} could not be connected to within ${Math.ceil(timeoutMs)} ms; ${request.member} was not sent`;
      return new TimeoutError("ERR_CONNECT_TIMEOUT", text, { retry: "later" });
    };
    return within(this.#connected(), { signal, timeoutMs, late });
  }

  #failed(reason: Error): void {
    this.#inner = { name: "idle" };
    this.state.set({ name: "lost", address: this.uri, reason });
  }

  async #connect(signal: AbortSignal): Promise<CallingConnection> {
    const uri =
      this.#target.protocol === "PYRO" ? this.#target : await this.#resolve(this.#target, signal);
    signal.throwIfAborted();
    const { location } = uri;
    if (this.#stream) return this.#join(this.#stream, uri.object, signal);
    if (location.kind === "none") throw new TypeError(`${uri} has no location to connect to`);
    this.state.set({ name: "connecting", address: uri.toString() });
    const generation = this.#generation;
    if (generation !== undefined) return this.#dial(uri.object, location, generation, signal);
    try {
      return await this.#dial(uri.object, location, 5, signal);
    } catch (error) {
      if (!speaksPyro4(error)) throw error;
      return await this.#dial(uri.object, location, 4, signal);
    }
  }

  /** Over the stream that the program handed over. Its generation must be known: a wrong guess would end it. */
  async #join(
    stream: ByteStream | "used",
    object: string,
    signal: AbortSignal,
  ): Promise<CallingConnection> {
    if (stream === "used") {
      throw new ConnectionClosedError(
        "ERR_STREAM_OVER",
        `${this.uri}: its stream is over, and there is no address to connect to anew; connect with another stream`,
        { retry: "never" },
      );
    }
    this.#stream = "used";
    this.state.set({ name: "connecting", address: stream.remoteAddress });
    return await this.#introduce(stream, object, this.#generation ?? 5, "join", signal);
  }

  async #resolve(uri: PyroUri, signal: AbortSignal): Promise<PyroUri> {
    if (this.#options.resolve === undefined) {
      throw new TypeError(`${uri} needs a name server; use connect(), which finds it`);
    }
    return this.#options.resolve(uri, signal);
  }

  async #dial(
    object: string,
    location: Location,
    generation: Generation,
    signal: AbortSignal,
  ): Promise<CallingConnection> {
    const { dial: open = dial } = this.#options;
    const tls = this.#options.tls || undefined;
    const options = { timeoutMs: this.#timeout, tls, signal };
    const gateway = gatewayOf(location, this.#options);
    const stream = await (gateway?.open(object, options) ?? open(location, options));
    return await this.#introduce(stream, object, generation, "handshake", signal);
  }

  async #introduce(
    stream: ByteStream,
    object: string,
    generation: Generation,
    how: "handshake" | "join",
    signal: AbortSignal,
  ): Promise<CallingConnection> {
    const connection: CallingConnection = new CallingConnection(
      stream,
      { ...this.#limits, signing: Signing.calling(this.#key) },
      {
        lost: (reason) => this.#lost(connection, reason),
        retired: () => this.#forget(connection),
        callDaemon: (member, args, options) => this.#callDaemon(member, args, options),
      },
    );
    const cancel = () => connection.close(signal.reason);
    try {
      signal.throwIfAborted();
      signal.addEventListener("abort", cancel, { once: true });
      const welcome = await connection[how]({
        object,
        generation,
        handshake: this.#options.handshake ?? "hello",
        annotations: this.#options.handshakeAnnotations,
        serializer: this.#options.serializer,
        timeoutMs: this.#timeout,
        hooks: (spoken, lending) => this.#hooks(spoken, lending, connection),
        host: () => this.#options.host?.() ?? defaultHost(),
      });
      signal.throwIfAborted();
      const { handshake, annotations } = welcome;
      await this.#options.onHandshake?.(handshake, annotations, stream.certificate);
      signal.throwIfAborted();
      this.#generation = generation;
      this.description = welcome.description;
      this.state.set({
        name: "connected",
        address: connection.peerAddress,
        peer: welcome.bunsen ? "Bunsen" : `Pyro${generation}`,
      });
      return connection;
    } catch (error) {
      connection.close(
        new ConnectionClosedError("ERR_CLOSED", `${connection.peerAddress}: the handshake failed`, {
          cause: error,
        }),
      );
      throw error;
    }
  }

  #hooks(
    generation: Generation,
    lending: Lending | undefined,
    connection: CallingConnection,
  ): ClassHooks {
    return pyroClasses({
      generation,
      lending,
      classes: this.#options.classes ?? classes,
      publish: (target) => this.#options.publish?.(target, connection.localHost),
      passing: lending ? undefined : (target) => this.#pass(target, connection.localHost),
      proxyOf: (reference) => proxyFromReference(reference, this.#options),
    });
  }

  #pass(target: object, local: string | undefined): ProxyReference | undefined {
    this.#callbackPlace ??= this.#options.callbackPlace?.();
    return this.#callbackPlace?.reference(target, local);
  }

  #lost(connection: CallingConnection, reason: BunsenError): void {
    if (this.#forget(connection)) this.state.set({ name: "lost", address: this.uri, reason });
  }

  /** The next call connects anew. Returns whether it was this connection that calls went by. */
  #forget(connection: CallingConnection): boolean {
    const state = this.#inner;
    if (state.name !== "connected" || state.connection !== connection) return false;
    this.#inner = { name: "idle" };
    return true;
  }

  async #callDaemon(member: string, args: unknown[], options: CallOptions): Promise<unknown> {
    return (await this.#connected()).callDaemon(member, args, options);
  }
}

/** The channel of an object at the other end of a stream that the program handed over. */
export function channelOver(
  stream: ByteStream,
  object: string,
  options: PyroChannelOptions,
): PyroChannel {
  const target = new PyroUri({ protocol: "PYRO", object, location: CONNECTED_SOCKET });
  return new PyroChannel(target, options, undefined, stream);
}

/** The channel of an object that a gateway leads to: it speaks as Bunsen peers do. */
export function channelByGateway(
  object: string,
  options: PyroChannelOptions & { readonly gateway: Gateway },
): PyroChannel {
  const target = new PyroUri({ protocol: "PYRO", object, location: BY_GATEWAY });
  return new PyroChannel(target, { ...options, generation: 5 });
}

function gatewayOf(
  location: PyroUri["location"],
  { gateway }: PyroChannelOptions,
): Gateway | undefined {
  return location.kind === "tcp" && location.host === BY_GATEWAY.host ? gateway : undefined;
}

/** A proxy that arrived in a call or result: unconnected, with what its sender told of the object. */
export function proxyFromReference(reference: ProxyReference, options: PyroChannelOptions): object {
  const {
    serializer,
    handshake: _,
    generation: __,
    onHandshake: ___,
    handshakeAnnotations: ____,
    ...inherited
  } = options;
  const uri = parseUri(reference.uri);
  // At the end of a gateway is a Bunsen daemon.
  const spoken = gatewayOf(uri.location, options) && {
    generation: 5 as const,
    ...(serializer && { serializer }),
  };
  const channel = new PyroChannel(
    uri,
    { ...inherited, ...spoken, handshake: reference.handshake },
    reference.metadata && descriptionFromMetadata(reference.metadata),
  );
  return createProxy(channel);
}

/** A Pyro4 daemon answers in its own shape, or its reset overtakes the answer. */
function speaksPyro4(error: unknown): boolean {
  if (error instanceof HandshakeError) return error.answeredIn === 4;
  return (
    error instanceof ConnectionClosedError &&
    (error.code === "ERR_CONNECTION_LOST" || error.code === "ERR_CLOSED_BY_PEER")
  );
}
