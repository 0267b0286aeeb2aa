import { BunsenError, MemberError, TimeoutError } from "../errors.ts";
import { within } from "../net/within.ts";
import {
  type BatchResult,
  type Channel,
  type ConnectionState,
  type Request,
  timeoutOf,
} from "../objects/channel.ts";
import type { Description, MemberDescription } from "../objects/description.ts";
import { Observable } from "../objects/observable.ts";
import { callOneByOne } from "../objects/one-by-one.ts";
import { withDefaults } from "../options.ts";
import { type ClassRegistry, classes } from "../values/classes.ts";
import { parseProximityUri } from "./address.ts";
import type { Asking, Carrier, CarrierState, Reach } from "./carrier.ts";
import { describePublished, saysUsage, setterOf } from "./interface.ts";
import {
  answerFrom,
  LIST_METHODS,
  type ProximityRequest,
  returnedIn,
  unknownInterface,
} from "./messages.ts";
import { decodePayload, type Encoding, encodePayload, type PayloadForm } from "./payload.ts";
import { reachOf } from "./reach.ts";

/** How to call an interface of a PyProximity server. */
export interface ProximityConnectOptions {
  /** Milliseconds that each call may take; 0 waits for ever. Default 60,000, as the original. */
  readonly timeout?: number;
  /** What the server reads: nothing tells, and one that cannot read it may die of it. Default `"msgpack"` (generation 2); behind a broker `"json"`. */
  readonly encoding?: Encoding;
  /** Send bytes as Python 3's MessagePack has them. Default false: as Python 2 reads them. */
  readonly binary?: boolean;
  /**
   * Sub-objects that are interfaces of their own, such as `["angry"]` for `animals.angry`. Servers of this library tell
   * them by themselves.
   */
  readonly parts?: readonly string[];
  /**
   * Milliseconds that `connect` waits for a server that is not there yet, or busy; 0 for ever. Default 1,000; then the
   * proxy is completed when it answers.
   */
  readonly patience?: number;
  /** Largest answer, in bytes. Default 64 MiB. */
  readonly maxMessageBytes?: number;
  /** How custom classes travel, as maps with a `__class__`. Default: what `registerClass` registered. */
  readonly classes?: ClassRegistry;
}

export const CONNECT_DEFAULTS: Required<ProximityConnectOptions> = {
  timeout: 60_000,
  encoding: "msgpack",
  binary: false,
  parts: [],
  patience: 1000,
  maxMessageBytes: 64 * 1024 * 1024,
  classes,
};

/** An interface of a PyProximity server. Either end may come first, and go and come again. */
export class ProximityChannel implements Channel {
  readonly uri: string;
  readonly state: Observable<ConnectionState> = new Observable<ConnectionState>({ name: "idle" });
  description: Description | undefined;
  readonly #name: string;
  readonly #endpoint: string;
  readonly #reach: Reach;
  readonly #brokered: boolean;
  readonly #options: Required<ProximityConnectOptions>;
  readonly #form: PayloadForm;
  #carrier: Promise<Carrier> | undefined;
  #unwatch: () => void = () => {};
  #learning: Promise<void> | undefined;
  /** Something is at the endpoint that speaks no ZeroMQ, or not yet. */
  #isStrange = false;

  /**
   * @param reach - Default: a socket to the URI's own address.
   * @throws BunsenError `ERR_BAD_URI`.
   */
  constructor(uri: string, options: ProximityConnectOptions = {}, reach?: Reach) {
    const { endpoint, name, worker } = parseProximityUri(uri);
    if (name === "") {
      throw new BunsenError(
        "ERR_BAD_URI",
        `Expected the name of an interface behind the port, as in ${uri.replace(/[/#]$/, "")}/fpga`,
      );
    }
    this.uri = uri;
    this.#endpoint = endpoint;
    this.#name = name;
    this.#reach = reach ?? reachOf({ endpoint, worker });
    this.#brokered = worker !== undefined;
    const defaults = this.#brokered
      ? { ...CONNECT_DEFAULTS, encoding: "json" as const }
      : CONNECT_DEFAULTS;
    this.#options = withDefaults<Required<ProximityConnectOptions>>(defaults, options);
    this.#form = this.#options;
  }

  /** Waits for the server only so long: start order does not matter. Rejects where the server has no such interface. */
  async open(): Promise<void> {
    const carrier = await this.#carried();
    const patience = { timeoutMs: this.#options.patience, late: () => this.#notThere() };
    try {
      await within(this.#learn(carrier), patience);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
    }
  }

  async call(request: Request): Promise<unknown> {
    const { member, kind, args, kwargs, options } = request;
    if (kind === "set" && this.description?.members.get(member)?.readonly) {
      throw new MemberError("ERR_READONLY", `${member} of ${this.uri} is read-only`);
    }
    const [name, method] = this.#target(member);
    const proc = kind === "set" ? setterOf(method) : method;
    const sent: ProximityRequest = { args, proc, name, kwargs: kwargs ?? {} };
    const payload = encodePayload(sent, this.#form);
    const answer = this.#ask(sent, payload, request);
    if (options.oneway !== true) return await answer;
    // The protocol answers every request: nobody waits for it.
    answer.catch(() => {});
    return null;
  }

  batch(requests: readonly Request[], oneway: boolean): Promise<readonly BatchResult[]> {
    return callOneByOne((request) => this.call(request), requests, oneway);
  }

  async close(): Promise<void> {
    const carrier = this.#carrier;
    this.#carrier = undefined;
    this.#learning = undefined;
    this.#unwatch();
    this.state.set({ name: "idle" });
    // One that could not be opened has told so to whoever opened it.
    await (await carrier?.catch(() => undefined))?.release(this);
  }

  #carried(): Promise<Carrier> {
    if (this.#carrier) return this.#carrier;
    const opening = this.#reach(this.#options.maxMessageBytes, this);
    this.#carrier = opening;
    this.state.set({ name: "connecting", address: this.#endpoint });
    opening.then(
      (carrier) => {
        if (this.#carrier !== opening) return;
        this.#unwatch = carrier.state.subscribe((state) => {
          this.#show(state);
          // It may be another program by now, with other methods.
          if (state === "connected") this.#learn(carrier).catch(() => {});
        });
        this.#show(carrier.state.value);
      },
      (reason: Error) => {
        if (this.#carrier !== opening) return;
        this.#carrier = undefined;
        this.state.set({ name: "lost", address: this.#endpoint, reason });
      },
    );
    return opening;
  }

  #show(state: CarrierState): void {
    const address = this.#endpoint;
    this.#isStrange = state === "met";
    if (state === "connected") this.state.set({ name: state, address, peer: "PyProximity" });
    if (state === "lost") this.state.set({ name: state, address, reason: this.#notThere() });
  }

  /** `angry.cat` is the method `cat` of a sub-object. */
  #target(member: string): readonly [name: string, proc: string] {
    const dot = member.lastIndexOf(".");
    if (dot < 0) return [this.#name, member];
    return [`${this.#name}.${member.slice(0, dot)}`, member.slice(dot + 1)];
  }

  async #ask(sent: ProximityRequest, payload: Uint8Array, request: Request): Promise<unknown> {
    const { member, options } = request;
    const what = `${member} of ${this.uri}`;
    const timeoutMs = timeoutOf(request, this.#options.timeout);
    options.signal?.throwIfAborted();
    const carrier = await within(this.#carried(), {
      signal: options.signal,
      timeoutMs,
      late: () => this.#late(what, timeoutMs, false),
    });
    const bytes = await carrier.request(payload, {
      owner: this,
      signal: options.signal,
      timeoutMs,
      late: (wasSent) => this.#late(what, timeoutMs, wasSent),
    });
    const answer = answerFrom(this.#read(bytes), sent, what);
    if (answer.kind === "error") throw answer.error;
    return answer.value;
  }

  #read(answer: Uint8Array): unknown {
    const value = decodePayload(answer, this.#form);
    return this.#brokered ? returnedIn(value) : value;
  }

  /** Asks what the interface offers, as soon as the server is there; one question at a time. */
  #learn(carrier: Carrier): Promise<void> {
    if (this.#learning) return this.#learning;
    const learning = this.#discover(carrier).finally(() => {
      if (this.#learning === learning) this.#learning = undefined;
    });
    this.#learning = learning;
    // Who opened may have stopped waiting.
    learning.catch(() => {});
    return learning;
  }

  async #discover(carrier: Carrier): Promise<void> {
    const own = await this.#list(carrier, this.#name);
    if (own === undefined) throw unknownInterface(this.#name, this.uri);
    const members = new Map<string, MemberDescription>(own.members);
    // Asked of a server so old that it has no usage lines, any further question might be its last.
    const parts = own.saysUsage ? await this.#parts(carrier) : this.#options.parts;
    const lists = await Promise.all(
      parts.map((part) => this.#list(carrier, `${this.#name}.${part}`)),
    );
    for (const [index, part] of parts.entries()) {
      const listed = lists[index];
      if (listed === undefined) throw unknownInterface(`${this.#name}.${part}`, this.uri);
      for (const member of listed.members.values()) {
        const name = `${part}.${member.name}`;
        members.set(name, { ...member, name });
      }
    }
    this.description = { members };
  }

  /** A stock server answers the question for names with "Interface error". */
  async #parts(carrier: Carrier): Promise<readonly string[]> {
    const listed = await this.#list(carrier, "");
    const prefix = `${this.#name}.`;
    const found = [...(listed?.members.keys() ?? [])]
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length));
    return [...new Set([...this.#options.parts, ...found])];
  }

  async #list(
    carrier: Carrier,
    name: string,
  ): Promise<(Description & { readonly saysUsage: boolean }) | undefined> {
    const request = { args: [], proc: LIST_METHODS, name, kwargs: {} };
    const asking: Asking = { owner: this, timeoutMs: 0, late: () => this.#notThere() };
    const bytes = await carrier.request(encodePayload(request, this.#form), asking);
    const answer = answerFrom(this.#read(bytes), request, this.uri);
    if (answer.kind === "result") {
      const { value } = answer;
      const description = describePublished(value);
      return description && { ...description, saysUsage: saysUsage(value) };
    }
    if (answer.error.code === "ERR_UNKNOWN_OBJECT") return undefined;
    throw answer.error;
  }

  #notThere(): TimeoutError {
    const text = `${this.#endpoint}: no PyProximity server answers there yet${this.#strangeness()}`;
    return new TimeoutError("ERR_CONNECT_TIMEOUT", text, { retry: "later" });
  }

  #strangeness(): string {
    return this.#isStrange ? "; what takes connections there has not spoken ZeroMQ" : "";
  }

  #late(what: string, timeoutMs: number, wasSent: boolean): TimeoutError {
    const then = wasSent
      ? "the server is there, and it may still run"
      : `the server was not there, and it was not sent${this.#strangeness()}`;
    const text = `${what}: no answer within ${Math.ceil(timeoutMs)} ms; ${then}`;
    return new TimeoutError("ERR_TIMEOUT", text, { retry: wasSent ? "unknown" : "later" });
  }
}
