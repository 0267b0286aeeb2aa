import type { IncomingMessage, ServerResponse } from "node:http";
import {
  BunsenError,
  MessageTooLargeError,
  ProtocolError,
  RemoteAttributeError,
  RemoteError,
  RemoteValueError,
  SecurityError,
  TimeoutError,
} from "../errors.ts";
import { certificateOf } from "../net/tls.ts";
import { within } from "../net/within.ts";
import type { Caller } from "../objects/call.ts";
import type { MemberDescription } from "../objects/description.ts";
import type { Dispatcher } from "../objects/dispatcher.ts";
import type { Entry } from "../objects/entry.ts";
import { channelOf, isProxy } from "../objects/proxy.ts";
import { Session } from "../objects/session.ts";
import { ItemStream } from "../objects/stream.ts";
import { withDefaults } from "../options.ts";
import { pyroClasses } from "../pyro/classes.ts";
import type { ListeningHost } from "../pyro/index.ts";
import { metadataOf } from "../pyro/metadata.ts";
import type { ClassHooks } from "../serializers/index.ts";
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
import { GatewayCall } from "./call.ts";
import type { GatewayObjects } from "./objects.ts";
import { openApiDocument } from "./openapi.ts";
import { GATEWAY_DEFAULTS, type GatewayLimits, type GatewayOptions } from "./options.ts";
import { homePage, PAGE_POLICY } from "./page.ts";
import { type Parameters, readParameters, readTarget, readUuid, wantedForm } from "./request.ts";

/** One request for a member of an object, as far as it was read. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly object: string;
  readonly member: string;
  readonly query: Parameters;
  readonly headers: readonly string[];
  readonly identity: string | undefined;
}

/** Answers the requests of a gateway, each a call or a question about what can be called. */
export class GatewayRequests {
  readonly #host: ListeningHost;
  readonly #objects: GatewayObjects;
  readonly #dispatcher: Dispatcher;
  readonly #admission: Admission;
  readonly #options: GatewayLimits;
  readonly #scheme: "http" | "https";
  /** How classes are told, in the names of each generation of Pyro. */
  readonly #classes: Readonly<Record<4 | 5, ClassHooks>>;
  #running = 0;

  constructor(
    host: ListeningHost,
    objects: GatewayObjects,
    admission: Admission,
    options: GatewayOptions,
    scheme: "http" | "https",
  ) {
    this.#host = host;
    this.#objects = objects;
    this.#dispatcher = host.dispatcher.over(objects);
    this.#admission = admission;
    this.#options = withDefaults<GatewayLimits>(GATEWAY_DEFAULTS, options);
    this.#scheme = scheme;
    this.#classes = { 4: classesOf(host, 4), 5: classesOf(host, 5) };
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
    const { route, query } = readTarget(request.url ?? "/");
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
    delete parameters["$key"];
    if (!this.#objects.exposes(object)) {
      const text = "403 Forbidden - access to the requested object has been denied";
      sendText(response, 403, text, cors);
      return;
    }
    if (this.#running >= this.#options.maxCalls) {
      const text = `Error 503: Service Unavailable - ${this.#running} calls are running, as many as the gateway's maxCalls allows`;
      sendText(response, 503, text, ["Retry-After", "1", ...cors]);
      return;
    }
    const { identity } = key;
    this.#running += 1;
    void this.#serve({
      request,
      response,
      object,
      member,
      query: parameters,
      headers: cors,
      identity,
    }).finally(() => {
      this.#running -= 1;
    });
  }

  #teller(generation: 4 | 5, headers: readonly string[]): Teller {
    const classes = this.#classes[generation];
    return { headers, classes, errorsModule: `Pyro${generation}.errors` };
  }

  /** Never rejects. */
  async #serve(exchange: Exchange): Promise<void> {
    const { response, headers } = exchange;
    let teller = this.#teller(5, headers);
    this.#host.counters.calls += 1;
    const session = new Session();
    this.#host.sessions.add(session);
    try {
      const entry = await this.#objects.find(exchange.object);
      teller = this.#teller(generationOf(entry), headers);
      await this.#answer(exchange, entry, session, teller);
    } catch (thrown) {
      const error = asError(thrown);
      this.#host.counters.errors += 1;
      if (response.headersSent) response.destroy();
      else sendError(response, statusOf(error), error, teller);
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
    const { request, response, object } = exchange;
    const call = await this.#callOf(exchange, entry);
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
    await this.#judge(call, caller);
    const result = this.#dispatcher.dispatch(call, caller);
    if (call.oneway) {
      this.#forgetOutcome(result, call);
      sendNothing(response, teller, correlationId);
      return;
    }
    const value = result instanceof Promise ? await this.#inTime(result, object) : result;
    if (value instanceof ItemStream) {
      value.onClose(() => call.stop());
      call.answered();
      if (form === "json") throw await notAsked(value);
      await sendStream(response, value, form, teller, correlationId);
    } else if (form === "bytes" && value instanceof Uint8Array) {
      sendBytes(response, value, teller, correlationId);
    } else {
      sendValue(response, value, teller, correlationId);
    }
  }

  async #callOf(exchange: Exchange, entry: Entry): Promise<GatewayCall> {
    const { request, object, member, query } = exchange;
    const { headers, method } = request;
    const body: Body =
      method === "POST"
        ? await readBody(request, query, this.#options.maxBodyBytes, this.#classes[5])
        : { args: [], kwargs: query };
    const described = entry.exposure.members.get(member);
    if (described === undefined && member !== "$meta") throw unknownMember(object, member);
    const { timeout } = this.#options;
    return new GatewayCall({
      object,
      member,
      ...argumentsOf(described, body),
      oneway: isOneway(headers["x-pyro-options"]) || described?.oneway === true,
      correlationId: correlationIdOf(headers["x-pyro-correlation-id"]),
      deadline: timeout > 0 ? performance.now() + timeout : undefined,
    });
  }

  /** The daemon's hook judges connections; over HTTP each request is one. */
  async #judge(call: GatewayCall, caller: Caller): Promise<void> {
    try {
      await this.#dispatcher.handshake(call, caller);
    } catch (error) {
      const { message } = asError(error);
      throw new SecurityError("ERR_HANDSHAKE_REFUSED", `connection refused: ${message}`, {
        cause: error,
      });
    }
  }

  #inTime(result: Promise<unknown>, object: string): Promise<unknown> {
    const { timeout } = this.#options;
    const late = () =>
      new TimeoutError("ERR_TIMEOUT", `"${object}" did not answer within ${timeout} ms`, {
        retry: "unknown",
      });
    return within(result, { timeoutMs: timeout, late });
  }

  #forgetOutcome(result: unknown, call: GatewayCall): void {
    const failed = (error: unknown) => {
      const { object, member, correlationId } = call;
      const fields = { object, member, correlationId, error: asError(error).message };
      this.#host.logger.warn(fields, "a one-way call failed; its caller is not told");
    };
    Promise.resolve(result)
      .then((value) => {
        if (value instanceof ItemStream) return value.close();
        return undefined;
      }, failed)
      .catch(failed);
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

function classesOf(host: ListeningHost, generation: 4 | 5): ClassHooks {
  const { classes } = host.classOptions;
  const sent = pyroClasses({
    ...host.classOptions,
    generation,
    lending: undefined,
    publish: (target) => host.publish(target, undefined),
  });
  return {
    toWire: sent.toWire,
    // A proxy that a page sends stays a record: it would have the gateway call wherever the page wants.
    fromWire: (record) => classes.fromWire(record) ?? record,
  };
}

/** What a Pyro4 server says is told as Pyro4's gateway tells it. */
function generationOf({ target }: Entry): 4 | 5 {
  if (target === undefined || !isProxy(target)) return 5;
  const { value } = channelOf(target).state;
  return value.name === "connected" && value.peer === "Pyro4" ? 4 : 5;
}

type Arguments = Pick<GatewayCall, "kind" | "args" | "kwargs">;

function argumentsOf(member: MemberDescription | undefined, body: Body): Arguments {
  const { args, kwargs, set } = body;
  const hasKeywords = Object.keys(kwargs).length > 0;
  if (member?.kind !== "attribute") {
    if (set) throw badSet();
    return { kind: "call", args, kwargs: hasKeywords ? kwargs : null };
  }
  if (set) return { kind: "set", args: [set.value], kwargs: null };
  if (!hasKeywords && args.length === 0) return { kind: "get", args: [], kwargs: null };
  throw new RemoteError("builtins.AssertionError", [
    "attribute lookup can't have query parameters",
  ]);
}

function badSet(): ProtocolError {
  return new ProtocolError("ERR_BAD_REQUEST", `{"value": …} sets an attribute; this is a method`);
}

/** The words of Pyro's proxy. */
function unknownMember(object: string, member: string): RemoteAttributeError {
  return new RemoteAttributeError("builtins.AttributeError", [
    `remote object '${object}' has no exposed attribute or method '${member}'`,
  ]);
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

function correlationIdOf(header: string | readonly string[] | undefined): string {
  if (!header) return crypto.randomUUID();
  const id = readUuid(String(header));
  if (id !== undefined) return id;
  throw new RemoteValueError("builtins.ValueError", ["badly formed hexadecimal UUID string"]);
}

/** Pyro answers every exception with 500; what is wrong with the request itself, it never looks at. */
function statusOf(error: Error): number {
  if (error instanceof MessageTooLargeError && error.remote === undefined) return 413;
  if (error instanceof BunsenError && error.remote === undefined) {
    if (error.code === "ERR_BAD_REQUEST" || error.code === "ERR_BAD_PAYLOAD") return 400;
    if (error.code === "ERR_HANDSHAKE_REFUSED") return 403;
  }
  return 500;
}
