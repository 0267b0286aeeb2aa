import type { IncomingMessage, ServerResponse } from "node:http";
import { BunsenError, MessageTooLargeError, ProtocolError } from "../errors.ts";
import { certificateOf } from "../net/tls.ts";
import type { Caller } from "../objects/call.ts";
import type { Entry } from "../objects/entry.ts";
import { Session } from "../objects/session.ts";
import { ItemStream } from "../objects/stream.ts";
import type { ListeningHost } from "../pyro/index.ts";
import { metadataOf } from "../pyro/metadata.ts";
import { asError } from "../values/exceptions.ts";
import { type Admission, addressOf } from "./admission.ts";
import {
  END_OF_EVENTS,
  sendBytes,
  sendError,
  sendNothing,
  sendStream,
  sendText,
  sendValue,
  type Teller,
} from "./answers.ts";
import { type Body, readBody } from "./body.ts";
import type { GatewayCall } from "./call.ts";
import { type GatewayCalls, generationOf } from "./calls.ts";
import { ClientFile } from "./client-file.ts";
import { FLASKIFY } from "./flaskify.ts";
import type { GatewayObjects } from "./objects.ts";
import { openApiDocument } from "./openapi.ts";
import type { GatewayOptions } from "./options.ts";
import { homePage, PAGE_POLICY } from "./page.ts";
import { type Parameters, readParameters, readTarget, wantedForm } from "./request.ts";

/** One request for a member of an object, as far as it was read. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly object: string;
  readonly member: string;
  /** As it stands in the URL. */
  readonly query: string;
  /** What it says, without the key. */
  readonly parameters: Parameters;
  readonly headers: readonly string[];
  readonly identity: string | undefined;
  readonly manner: Manner;
}

/** How a request is read, and what it is told. */
export interface Manner {
  body(exchange: Exchange, calls: GatewayCalls): Body | Promise<Body>;
  value(exchange: Exchange, value: unknown, teller: Teller, correlationId: string): void;
  error(exchange: Exchange, error: Error, teller: Teller): void;
}

/** As Pyro's gateways have it. */
const PYRO: Manner = {
  body: ({ request, parameters }, { limits, classes }) =>
    request.method === "POST"
      ? readBody(request, parameters, limits.maxBodyBytes, classes[5])
      : { args: [], kwargs: parameters },
  value: ({ response }, value, teller, correlationId) =>
    sendValue(response, value, teller, correlationId),
  error: ({ response }, error, teller) => sendError(response, statusOf(error), error, teller),
};

/** Answers the requests of a gateway, each a call or a question about what can be called. */
export class GatewayRequests {
  readonly #host: ListeningHost;
  readonly #objects: GatewayObjects;
  readonly #calls: GatewayCalls;
  readonly #admission: Admission;
  readonly #scheme: "http" | "https";
  readonly #root: string | undefined;
  readonly #clientFile = new ClientFile();

  constructor(
    host: ListeningHost,
    objects: GatewayObjects,
    calls: GatewayCalls,
    admission: Admission,
    scheme: "http" | "https",
    { root }: GatewayOptions,
  ) {
    this.#host = host;
    this.#objects = objects;
    this.#calls = calls;
    this.#admission = admission;
    this.#scheme = scheme;
    this.#root = root;
  }

  receive(request: IncomingMessage, response: ServerResponse): void {
    const { headers, socket } = request;
    const cors = this.#admission.corsHeaders(headers);
    const refusal = this.#admission.refuse(request);
    if (refusal) {
      this.#host.logger.warn({ peer: addressOf(socket) }, `request refused: ${refusal.text}`);
      sendText(response, refusal.status, refusal.text, cors);
      return;
    }
    const { route, query } = readTarget(request.url ?? "/", this.#root);
    if (route.name === "unknown") {
      sendText(response, 404, "Error 404: Not Found", cors);
      return;
    }
    switch (request.method) {
      case "GET":
      case "POST":
        break;
      case "OPTIONS":
        sendText(response, 200, "200 OK", cors);
        return;
      default:
        sendText(response, 405, "Error 405: Method Not Allowed", cors);
        return;
    }
    if (route.name === "nothing") {
      sendText(response, 404, "Error 404: Not Found", cors);
      return;
    }
    if (route.name === "client") {
      void this.#clientFile.send(request, response, cors);
      return;
    }
    const parameters = readParameters(query);
    const key = this.#admission.callerOf(request, parameters);
    if (route.name === "home" || route.name === "openapi") {
      void this.#tell(route.name, request, response, cors, key !== undefined);
      return;
    }
    const { object, member } = route;
    if (key === undefined) {
      sendText(response, 403, "403 Forbidden - incorrect gateway api key", cors);
      return;
    }
    if (Object.hasOwn(parameters, "$key")) delete parameters["$key"];
    if (!this.#objects.exposes(object)) {
      const text = "403 Forbidden - access to the requested object has been denied";
      sendText(response, 403, text, cors);
      return;
    }
    const { full } = this.#calls;
    if (full !== undefined) {
      sendText(response, 503, full, ["Retry-After", "1", ...cors]);
      return;
    }
    const exchange = {
      request,
      response,
      object,
      member,
      query,
      parameters,
      headers: cors,
      identity: key.identity,
      manner: route.name === "member" ? PYRO : FLASKIFY,
    };
    void this.#calls.counted(() => this.#serve(exchange));
  }

  #teller(generation: 4 | 5, headers: readonly string[]): Teller {
    const classes = this.#calls.classes[generation];
    return { headers, classes, errorsModule: `Pyro${generation}.errors` };
  }

  /** Never rejects. */
  async #serve(exchange: Exchange): Promise<void> {
    const { response, headers } = exchange;
    let teller = this.#teller(5, headers);
    const session = new Session();
    this.#host.sessions.add(session);
    try {
      const found = this.#objects.find(exchange.object);
      const entry = found instanceof Promise ? await found : found;
      teller = this.#teller(generationOf(entry), headers);
      await this.#answer(exchange, entry, session, teller);
    } catch (thrown) {
      const error = asError(thrown);
      this.#host.counters.errors += 1;
      if (response.headersSent) response.destroy();
      else exchange.manner.error(exchange, error, teller);
      // What is left of the body would be taken for the next request.
      if (!exchange.request.complete) response.once("finish", () => exchange.request.destroy());
    } finally {
      this.#host.sessions.delete(session);
      session.close((error) => {
        this.#host.logger.warn({ error: asError(error).message }, "freeing a resource failed");
      });
    }
  }

  async #answer(exchange: Exchange, entry: Entry, session: Session, teller: Teller): Promise<void> {
    const { request, response } = exchange;
    const body = exchange.manner.body(exchange, this.#calls);
    const call = this.#callOf(exchange, entry, body instanceof Promise ? await body : body);
    const { correlationId } = call;
    if (exchange.member === "$meta") {
      const { methods, attrs } = metadataOf(entry.exposure);
      sendValue(response, { methods, attributes: attrs }, teller, correlationId);
      return;
    }
    const form = wantedForm(request.headers.accept);
    if (form === "events" && request.headers["last-event-id"] === END_OF_EVENTS) {
      // An EventSource comes back when a stream is over: this tells it not to.
      response.writeHead(204, [...teller.headers]).end();
      return;
    }
    response.once("close", () => {
      if (!response.writableFinished) call.stop();
    });
    const caller: Caller = {
      dialect: "http",
      address: addressOf(request.socket),
      identity: exchange.identity,
      certificate: certificateOf(request.socket),
      handshake: undefined,
      session,
    };
    const judged = this.#calls.judge(call, caller);
    if (judged) await judged;
    const result = this.#calls.run(call, caller);
    if (call.oneway) {
      sendNothing(response, teller, correlationId);
      return;
    }
    const value = result instanceof Promise ? await result : result;
    if (value instanceof ItemStream) {
      value.onClose(() => call.stop());
      call.answered();
      if (form === "json") throw await notAsked(value);
      await sendStream(response, value, form, teller, correlationId);
    } else if (form === "bytes" && value instanceof Uint8Array) {
      sendBytes(response, value, teller, correlationId);
    } else {
      exchange.manner.value(exchange, value, teller, correlationId);
    }
  }

  #callOf(exchange: Exchange, entry: Entry, body: Body): GatewayCall {
    const { request, object, member } = exchange;
    const { headers } = request;
    return this.#calls.make(entry, {
      object,
      member,
      body,
      oneway: isOneway(headers["x-pyro-options"]),
      correlationId: textOf(headers["x-pyro-correlation-id"]),
    });
  }

  /** The page, or the description of the interface. Names are told to those who may call. */
  async #tell(
    what: "home" | "openapi",
    request: IncomingMessage,
    response: ServerResponse,
    cors: readonly string[],
    mayCall: boolean,
  ): Promise<void> {
    const teller = this.#teller(5, cors);
    try {
      if (!mayCall && what === "openapi") {
        sendText(response, 403, "403 Forbidden - incorrect gateway api key", cors);
        return;
      }
      const { names, problem } = mayCall ? await this.#objects.names() : { names: undefined };
      if (what === "home") {
        const page = homePage({ names, problem: problem?.message });
        response.writeHead(200, [
          "Content-Type",
          "text/html; charset=utf-8",
          ...PAGE_POLICY,
          ...cors,
        ]);
        response.end(page);
        return;
      }
      if (problem) throw problem;
      const described = await Promise.all(
        (names ?? []).map(async (name) => {
          try {
            return [name, (await this.#objects.find(name)).exposure] as const;
          } catch {
            // One that is gone says nothing of the others.
            return undefined;
          }
        }),
      );
      const objects = new Map(described.filter((object) => object !== undefined));
      const server = `${this.#scheme}://${request.headers.host ?? "localhost"}`;
      const document = openApiDocument(objects, { server, key: this.#admission.asksForKey });
      sendValue(response, document, teller, crypto.randomUUID());
    } catch (error) {
      sendError(response, 500, asError(error), teller);
    }
  }
}

async function notAsked(stream: ItemStream): Promise<ProtocolError> {
  await stream.close();
  // The words of Pyro4's gateway, and what to do.
  return new ProtocolError(
    "ERR_STREAM",
    "result of call is an iterator; ask for it with the header Accept: text/event-stream, or application/x-ndjson",
  );
}

function isOneway(options: string | readonly string[] | undefined): boolean {
  if (options === undefined) return false;
  return String(options)
    .split(",")
    .some((option) => option.trim() === "oneway");
}

function textOf(header: string | readonly string[] | undefined): string | undefined {
  return header === undefined ? undefined : String(header);
}

/** Pyro answers every exception with 500; what is wrong with the request itself, it never looks at. */
function statusOf(error: Error): number {
  if (error instanceof MessageTooLargeError && error.remote === undefined) return 413;
  if (error instanceof BunsenError && error.remote === undefined) {
    if (error.code === "ERR_BAD_REQUEST") return 400;
    if (error.code === "ERR_HANDSHAKE_REFUSED") return 403;
  }
  return 500;
}
