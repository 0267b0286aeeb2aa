import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { WebSocketServer } from "ws";
import { CommunicationError, ConnectionClosedError } from "../errors.ts";
import { certificateOf } from "../net/tls.ts";
import { MAX_FRAME_BYTES, WebSocketStream } from "../net/websocket.ts";
import type { Call, Caller } from "../objects/call.ts";
import { Dispatcher } from "../objects/dispatcher.ts";
import {
  BY_GATEWAY,
  type ListeningHost,
  metadataOf,
  type ProxyReference,
  PyroUri,
  serveCaller,
} from "../pyro/index.ts";
import { asError } from "../values/exceptions.ts";
import { type Admission, addressOf } from "./admission.ts";
import type { GatewayPlace } from "./listener.ts";
import type { GatewayObjects } from "./objects.ts";
import { objectOf, readParameters } from "./request.ts";

/**
 * WebSockets: Pyro's frames, each write in messages of its own, for callers in browsers. The path names the object that
 * is called first, `ws://gateway/lab.thermostat`; the objects that can be called are those of the gateway.
 */
export class Upgrades {
  readonly #host: ListeningHost;
  readonly #objects: GatewayObjects;
  readonly #admission: Admission;
  readonly #place: GatewayPlace;
  readonly #served = new Set<{ close(reason: ConnectionClosedError): void }>();
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_FRAME_BYTES,
    // Values are small, or numbers: what it would save is not worth its memory for each connection.
    perMessageDeflate: false,
  });

  constructor(
    host: ListeningHost,
    objects: GatewayObjects,
    admission: Admission,
    place: GatewayPlace,
  ) {
    const dispatcher = new CountingDispatcher(host.dispatcher.over(objects), admission);
    this.#host = { ...host, dispatcher, publish: (target) => this.#referenceOf(target) };
    this.#objects = objects;
    this.#admission = admission;
    this.#place = place;
  }

  /** Judges who wants a WebSocket, and serves it. Never rejects. */
  async receive(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    // Until it is a WebSocket, nobody else listens.
    const gone = () => socket.destroy();
    socket.on("error", gone);
    const refused = this.#admission.refuse(request);
    if (refused) return this.#refuse(socket, refused.status, refused.text);
    const { object, query } = objectOf(request.url ?? "/");
    const caller = this.#admission.callerOf(request, readParameters(query));
    if (!caller) return this.#refuse(socket, 403, "403 Forbidden - incorrect gateway api key");
    if (object !== "" && !this.#objects.exposes(object)) {
      const text = "403 Forbidden - access to the requested object has been denied";
      return this.#refuse(socket, 403, text);
    }
    try {
      if (object !== "") await this.#objects.find(object);
    } catch (error) {
      return this.#refuse(socket, 404, `Error 404: Not Found - ${asError(error).message}`);
    }
    socket.off("error", gone);
    this.#server.handleUpgrade(request, socket, head, (accepted) => {
      const stream = new WebSocketStream(accepted, socket, addressOf(socket), {
        side: "server",
        identity: caller.identity,
        certificate: certificateOf(socket),
      });
      const served = serveCaller(stream, this.#host, this.#place, {
        closed: () => this.#served.delete(served),
        location: () => undefined,
      });
      this.#served.add(served);
    });
  }

  close(): void {
    const reason = new ConnectionClosedError("ERR_CLOSED", "the gateway is closing");
    for (const served of [...this.#served]) served.close(reason);
  }

  #refuse(socket: Socket, status: number, text: string): void {
    this.#host.logger.warn({ peer: addressOf(socket) }, `WebSocket refused: ${text}`);
    refuseUpgrade(socket, status, text);
  }

  /**
   * What can be called by the gateway travels by its id, wherever its caller knows the gateway to be; all else is lent
   * over the connection, since a browser can go nowhere else.
   */
  #referenceOf(target: object): ProxyReference | undefined {
    const object = this.#objects.idOf(target);
    const entry = object === undefined ? undefined : this.#objects.get(object);
    if (object === undefined || !entry) return undefined;
    const uri = new PyroUri({ protocol: "PYRO", object, location: BY_GATEWAY });
    return {
      uri: `${uri}`,
      metadata: metadataOf(entry.exposure),
      handshake: "hello",
      serializer: undefined,
    };
  }
}

/** Counts calls as HTTP counts requests: a connection that was let in is no way around `maxRequestsPerSecond`. */
class CountingDispatcher extends Dispatcher {
  readonly #admission: Admission;

  constructor(like: Dispatcher, admission: Admission) {
    super(like.registry, like);
    this.#admission = admission;
  }

  override dispatch(call: Call, caller: Caller): unknown {
    const refusal = this.#admission.refuseCall(caller);
    if (refusal === undefined) return super.dispatch(call, caller);
    throw new CommunicationError("ERR_TOO_MANY_CALLS", refusal, { retry: "later" });
  }
}

/** Answers who wanted a WebSocket and does not get it. */
export function refuseUpgrade(socket: Socket, status: number, text: string): void {
  const length = Buffer.byteLength(text);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n\r\n${text}`,
  );
}
