import { ByteWriter } from "../bytes/writer.ts";
import { MemberError, RemoteError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Call, Caller } from "../objects/call.ts";
import type { MemberDescription } from "../objects/description.ts";
import type { Dispatcher } from "../objects/dispatcher.ts";
import { Session } from "../objects/session.ts";
import { ItemStream } from "../objects/stream.ts";
import type { PlainRecord } from "../values/types.ts";
import { encodeMessage } from "./encoder.ts";
import type { RequestMessage } from "./messages.ts";
import { signatureText } from "./signature.ts";

/** What a service needs of the daemon that its object is registered on. */
export interface ServiceHost {
  readonly dispatcher: Dispatcher;
  readonly logger: Logger;
}

/** Who asks, as the manager calls them, and whether they may. */
interface KnownCaller {
  readonly caller: Caller;
  readonly judged: unknown;
}

/** Whoever asked is remembered, for nobody says when they have gone; but not more than so many. */
const MAX_CALLERS = 1000;
/** In the place of a client, where a service reads its own attributes. */
const ITSELF = "";

/** A registered object, as MSL-Network sees it: members that are called, whatever they are. */
export class ServedObject {
  readonly #id: string;
  readonly #host: ServiceHost;
  readonly #callers = new Map<string, KnownCaller>();

  constructor(id: string, host: ServiceHost) {
    this.#id = id;
    this.#host = host;
  }

  /**
   * Does what a request asks for.
   * @throws what the object does; RemoteError `builtins.PermissionError`; MemberError `ERR_NO_STREAMS`.
   */
  async answer(request: RequestMessage, signal: AbortSignal): Promise<unknown> {
    const { attribute, args, kwargs, requester = "unknown", uid } = request;
    if (attribute.startsWith("_")) {
      // The words of Python's services.
      throw new RemoteError("builtins.PermissionError", ["Cannot request a private attribute"]);
    }
    const call = this.#callOf(attribute, [...args], kwargs);
    const correlationId = typeof uid === "string" && UUID.test(uid) ? uid : undefined;
    return await this.#dispatch({ ...call, correlationId, signal }, requester);
  }

  /** Signatures of what can be called, values of what cannot; those that cannot be told are left out, as by Python. */
  async published(): Promise<PlainRecord> {
    const attributes: PlainRecord = {};
    for (const member of this.#members().sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const { name } = member;
      try {
        attributes[name] =
          member.kind === "method" ? signatureText(member) : await this.#publishable(name);
      } catch (error) {
        const text = `${this.#id}.${name} is not published: ${(error as Error).message}`;
        this.#host.logger.warn({ service: this.#id }, text);
      }
    }
    return attributes;
  }

  /** Frees what callers had. */
  closeSessions(): void {
    for (const requester of [...this.#callers.keys()]) this.#closeSession(requester);
  }

  async #publishable(name: string): Promise<unknown> {
    const result = await this.#dispatch(this.#callOf(name, [], {}), ITSELF);
    encodeMessage(new ByteWriter(), { kind: "result", result, requester: null, uid: "" });
    return result;
  }

  #members(): MemberDescription[] {
    const entry = this.#host.dispatcher.registry.get(this.#id);
    return [...(entry?.exposure.members.values() ?? [])];
  }

  /** Attributes are read by calling them; arguments do not matter then. */
  #callOf(member: string, args: unknown[], kwargs: Readonly<PlainRecord>): Call {
    const entry = this.#host.dispatcher.registry.get(this.#id);
    const isAttribute = entry?.exposure.members.get(member)?.kind === "attribute";
    const given = isAttribute
      ? ({ kind: "get", args: [], kwargs: null } as const)
      : ({ kind: "call", args, kwargs: Object.keys(kwargs).length > 0 ? kwargs : null } as const);
    return {
      ...given,
      args: [...given.args],
      object: this.#id,
      member,
      oneway: false,
      annotations: undefined,
      correlationId: undefined,
      signal: undefined,
      responseAnnotations: undefined,
    };
  }

  async #dispatch(call: Call, requester: string): Promise<unknown> {
    const { caller, judged } = this.#callerOf(requester, call);
    await judged;
    const result = await this.#host.dispatcher.dispatch(call, caller);
    if (!(result instanceof ItemStream)) return result;
    await result.close();
    throw new MemberError(
      "ERR_NO_STREAMS",
      `'${call.member}' of "${this.#id}" is a stream, which MSL-Network has no way to send; call it by Pyro, or let it return a list`,
    );
  }

  /** Judged at its first call, as a connection in other dialects; and again, if it was refused. */
  #callerOf(requester: string, call: Call): KnownCaller {
    const known = this.#callers.get(requester);
    if (known) return known;
    const [oldest] = this.#callers.keys();
    if (this.#callers.size >= MAX_CALLERS && oldest !== undefined) this.#closeSession(oldest);
    const caller: Caller = {
      dialect: "msl",
      address: requester,
      identity: undefined,
      handshake: undefined,
      session: new Session(),
    };
    const made = { caller, judged: requester === ITSELF ? undefined : this.#judge(call, caller) };
    this.#callers.set(requester, made);
    return made;
  }

  async #judge(call: Call, caller: Caller): Promise<void> {
    try {
      await this.#host.dispatcher.handshake(call, caller);
    } catch (error) {
      this.#closeSession(caller.address);
      throw error;
    }
  }

  #closeSession(requester: string): void {
    const known = this.#callers.get(requester);
    this.#callers.delete(requester);
    known?.caller.session.close((error) => {
      this.#host.logger.warn({ service: this.#id }, `freeing a resource failed: ${error}`);
    });
  }
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
