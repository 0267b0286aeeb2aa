import { BunsenError, MemberError, TimeoutError } from "../errors.ts";
import type { BatchResult, Channel, ConnectionState, Request } from "../objects/channel.ts";
import { timeoutOf } from "../objects/channel.ts";
import type { Description, MemberDescription } from "../objects/description.ts";
import { Observable } from "../objects/observable.ts";
import { withDefaults } from "../options.ts";
import { parseProximityUri } from "./address.ts";
import { describePublished, setterOf } from "./interface.ts";
import { Link, limited } from "./link.ts";
import {
  answerFrom,
  LIST_METHODS,
  type ProximityRequest,
  saysNoInterface,
  unknownInterface,
} from "./messages.ts";
import { decodePayload, type Encoding, encodePayload } from "./payload.ts";

/** How to call an interface of a PyProximity server. */
export interface ProximityConnectOptions {
  /** Milliseconds that each call may take; 0 waits for ever. Default 60,000, as the original. */
  readonly timeout?: number;
  /** What the server reads: nothing tells, and one that cannot read it may die of it. Default `"msgpack"` (generation 2). */
  readonly encoding?: Encoding;
  /** Send bytes as Python 3's MessagePack has them. Default false. */
  readonly binary?: boolean;
  /**
   * Sub-objects that are interfaces of their own, such as `["angry"]` for `animals.angry`. Servers of this library tell
   * them by themselves.
   */
  readonly parts?: readonly string[];
  /** Milliseconds that `connect` waits for a server that is not there yet. Default 1,000; then the proxy is completed when it comes. */
  readonly patience?: number;
}

const DEFAULTS: Required<ProximityConnectOptions> = {
  timeout: 60_000,
  encoding: "msgpack",
  binary: false,
  parts: [],
  patience: 1000,
};

/** An interface of a PyProximity server. Either end may come first, and go and come again. */
export class ProximityChannel implements Channel {
  readonly uri: string;
  readonly state: Observable<ConnectionState> = new Observable<ConnectionState>({ name: "idle" });
  description: Description | undefined;
  readonly #name: string;
  readonly #endpoint: string;
  readonly #options: Required<ProximityConnectOptions>;
  #link: Promise<Link> | undefined;
  #unwatch: () => void = () => {};
  #opening = false;

  constructor(uri: string, options: ProximityConnectOptions = {}) {
    const { endpoint, name } = parseProximityUri(uri);
    if (name === "") {
      throw new BunsenError(
        "ERR_BAD_URI",
        `Expected the name of an interface behind the port, as in ${uri.replace(/\/$/, "")}/fpga`,
      );
    }
    this.uri = uri;
    this.#endpoint = endpoint;
    this.#name = name;
    this.#options = withDefaults<Required<ProximityConnectOptions>>(DEFAULTS, options);
  }

  /** Waits for the server only so long: start order does not matter. Rejects where the server has no such interface. */
  async open(): Promise<void> {
    const link = await this.#linked();
    const patience = limited(undefined, this.#options.patience, () => this.#notThere());
    this.#opening = true;
    try {
      await this.#discover(link, patience.signal);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
    } finally {
      this.#opening = false;
      patience.done();
    }
  }

  async call(request: Request): Promise<unknown> {
    const link = await this.#linked();
    const { member, kind, args, kwargs } = request;
    if (kind === "set" && this.description?.members.get(member)?.readonly) {
      throw new MemberError("ERR_READONLY", `${member} of ${this.uri} is read-only`);
    }
    const [name, proc] = this.#target(member);
    const sent: ProximityRequest = {
      name,
      proc: kind === "set" ? setterOf(proc) : proc,
      args,
      kwargs: kwargs ?? {},
    };
    const answer = this.#ask(link, sent, request);
    if (request.options.oneway !== true) return await answer;
    // The protocol answers every request: nobody waits for it.
    answer.catch(() => {});
    return null;
  }

  /** The protocol has no batches: the calls are sent one after the other, up to the first that fails. */
  async batch(requests: readonly Request[], oneway: boolean): Promise<readonly BatchResult[]> {
    const results: BatchResult[] = [];
    for (const request of requests) {
      try {
        results.push({ value: await this.call(request) });
      } catch (error) {
        results.push({ error });
        break;
      }
    }
    return oneway ? [] : results;
  }

  async close(): Promise<void> {
    const link = await this.#link;
    this.#link = undefined;
    this.#unwatch();
    link?.release();
    this.state.set({ name: "idle" });
  }

  #linked(): Promise<Link> {
    this.#link ??= Link.to(this.#endpoint).then((link) => {
      const watch = () => this.#show(link);
      this.#unwatch = link.state.subscribe(watch);
      watch();
      return link;
    });
    return this.#link;
  }

  #show(link: Link): void {
    const address = this.#endpoint;
    switch (link.state.value) {
      case "connected":
        this.state.set({ name: "connected", address, peer: "PyProximity" });
        // It may be another program by now, with other methods.
        if (!this.#opening) void this.#refresh(link);
        break;
      case "lost":
        this.state.set({ name: "lost", address, reason: this.#notThere() });
        break;
      case "connecting":
        this.state.set({ name: "connecting", address });
        break;
    }
  }

  /** `angry.cat` is the method `cat` of a sub-object. */
  #target(member: string): readonly [name: string, proc: string] {
    const dot = member.lastIndexOf(".");
    if (dot < 0) return [this.#name, member];
    return [`${this.#name}.${member.slice(0, dot)}`, member.slice(dot + 1)];
  }

  async #ask(
    link: Link,
    sent: ProximityRequest,
    { member, options, deadline }: Request,
  ): Promise<unknown> {
    const what = `${member} of ${this.uri}`;
    const form = { encoding: this.#options.encoding, binary: this.#options.binary };
    const payload = encodePayload(sent, form);
    const timeoutMs = timeoutOf({ options, deadline } as Request, this.#options.timeout);
    const limit = limited(options.signal, timeoutMs, () => this.#late(what, timeoutMs, link));
    try {
      const bytes = await link.request(payload, limit.signal);
      const answer = answerFrom(decodePayload(bytes, form.encoding), sent, what);
      if (answer.kind === "error") throw answer.error;
      return answer.value;
    } finally {
      limit.done();
    }
  }

  async #refresh(link: Link): Promise<void> {
    const limit = limited(undefined, this.#options.timeout, () => this.#notThere());
    // What it was told stays where the server does not answer.
    await this.#discover(link, limit.signal).catch(() => {});
    limit.done();
  }

  async #discover(link: Link, signal: AbortSignal): Promise<void> {
    const own = await this.#list(link, this.#name, signal);
    if (own === undefined) throw unknownInterface(this.#name, this.uri);
    const members = new Map<string, MemberDescription>(own.members);
    for (const part of await this.#parts(link, signal)) {
      const description = await this.#list(link, `${this.#name}.${part}`, signal);
      for (const member of description?.members.values() ?? []) {
        const name = `${part}.${member.name}`;
        members.set(name, { ...member, name });
      }
    }
    this.description = { members };
  }

  /** A stock server answers the question for names with "Interface error". */
  async #parts(link: Link, signal: AbortSignal): Promise<readonly string[]> {
    const listed = await this.#list(link, "", signal);
    const prefix = `${this.#name}.`;
    const found = [...(listed?.members.keys() ?? [])]
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length));
    return [...new Set([...this.#options.parts, ...found])];
  }

  async #list(link: Link, name: string, signal: AbortSignal): Promise<Description | undefined> {
    const request = { name, proc: LIST_METHODS, args: [], kwargs: {} };
    const { encoding, binary } = this.#options;
    const bytes = await link.request(encodePayload(request, { encoding, binary }), signal);
    const value = decodePayload(bytes, encoding);
    return saysNoInterface(value) ? undefined : describePublished(value);
  }

  #late(what: string, timeoutMs: number, link: Link): TimeoutError {
    const ran = link.connected
      ? "the server is there, and it may still run"
      : "the server was not there, and it was not sent";
    return new TimeoutError("ERR_TIMEOUT", `${what}: no answer within ${timeoutMs} ms; ${ran}`, {
      retry: link.connected ? "unknown" : "later",
    });
  }

  #notThere(): TimeoutError {
    return new TimeoutError(
      "ERR_CONNECT_TIMEOUT",
      `${this.#endpoint}: no PyProximity server answers there yet`,
      { retry: "later" },
    );
  }
}
