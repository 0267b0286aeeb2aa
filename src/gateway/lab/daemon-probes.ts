import { TimeoutError } from "../../errors.ts";
import { within } from "../../net/within.ts";
import { channelOf } from "../../objects/proxy.ts";
import type { Remote } from "../../objects/remote.ts";
import { DAEMON_ID, type DaemonObject } from "../../pyro/index.ts";
import type { LabBoard } from "./board.ts";
import type { Dialect, Reach } from "./nodes.ts";
import { answering, peerDialect, silent } from "./reach.ts";

/** From one question to a daemon to the next. */
const PERIOD_MS = 5_000;
/** The same where the last one had to be waited for: a machine that is switched off takes its time each time. */
const SLOW_PERIOD_MS = 20_000;
/** For so long an answer is waited for. */
const PATIENCE_MS = 4_000;
/** Questions under way at once, of all daemons. */
const MOST_AT_ONCE = 16;
const TICK_MS = 500;

/** What a daemon is asked by: its own object, at any address. */
export type AskDaemon = (uri: string) => object;

/** Of an object that a daemon should have. */
interface Follower {
  /** Its node on the board. */
  readonly node: string;
  /** Its id on the daemon. */
  readonly object: string;
}

interface Daemon {
  readonly address: string;
  readonly parent: string;
  readonly since: number;
  readonly followers: Map<string, Follower>;
  /** On the clock of `performance.now()`. */
  due: number;
  asking: boolean;
  dialect: Dialect | null;
  reach: Reach;
  /** The ids that it has; undefined where it did not tell. */
  objects: ReadonlySet<string> | undefined;
  /** The proxy by which it is asked, where its connection is kept. */
  kept: object | undefined;
}

export function daemonNode(address: string): string {
  return `daemon/${address}`;
}

/**
 * Whether the daemons answer that names lead to. A daemon is asked, not each of its objects, by a connection that ends
 * with the answer: a server of Python has a thread for each. One of Bunsen is kept, so that its end is noticed at once.
 */
export class DaemonProbes {
  readonly #board: LabBoard;
  readonly #ask: AskDaemon;
  readonly #daemons = new Map<string, Daemon>();
  #asking = 0;
  #ending: AbortController | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(board: LabBoard, ask: AskDaemon) {
    this.#board = board;
    this.#ask = ask;
  }

  start(): void {
    this.#ending = new AbortController();
    // What was known when somebody looked last may be long ago.
    for (const daemon of this.#daemons.values()) {
      Object.assign(daemon, { reach: { name: "unknown" }, objects: undefined, due: 0 });
      this.#tell(daemon);
    }
    this.#timer = setInterval(() => this.#askNext(), TICK_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#ending?.abort(new Error("nobody looks any more"));
    for (const daemon of this.#daemons.values()) this.#letGo(daemon);
  }

  /** Says of an object's node, from now on, whether it can be called. @param parent - What lists the daemon. */
  follow(address: string, follower: Follower, parent: string): void {
    const now = Date.now();
    const known = this.#daemons.get(address);
    const daemon: Daemon = known ?? {
      address,
      parent,
      since: now,
      followers: new Map(),
      due: 0,
      asking: false,
      dialect: null,
      reach: { name: "unknown" },
      objects: undefined,
      kept: undefined,
    };
    daemon.followers.set(follower.node, follower);
    if (known) this.#tellOf(daemon, follower);
    else {
      this.#daemons.set(address, daemon);
      this.#tell(daemon);
      // All that one list has are asked together.
      queueMicrotask(() => this.#askNext());
    }
  }

  unfollow(address: string, node: string): void {
    const daemon = this.#daemons.get(address);
    daemon?.followers.delete(node);
    if (daemon === undefined || daemon.followers.size > 0) return;
    this.#daemons.delete(address);
    this.#letGo(daemon);
    this.#board.drop(daemonNode(address));
  }

  #askNext(): void {
    if (this.#ending?.signal.aborted !== false) return;
    const now = performance.now();
    for (const daemon of this.#daemons.values()) {
      if (this.#asking >= MOST_AT_ONCE) return;
      if (!daemon.asking && daemon.due <= now) void this.#probe(daemon, this.#ending.signal);
    }
  }

  async #probe(daemon: Daemon, signal: AbortSignal): Promise<void> {
    this.#asking += 1;
    daemon.asking = true;
    const asked = performance.now();
    try {
      daemon.objects = await this.#answerOf(daemon, signal);
      daemon.reach = answering(daemon.reach, Date.now());
    } catch (error) {
      this.#letGo(daemon);
      if (!signal.aborted) daemon.reach = silent(daemon.reach, error, Date.now());
    } finally {
      this.#asking -= 1;
      daemon.asking = false;
    }
    const now = performance.now();
    const wasSlow = daemon.reach.name === "silent" && now - asked > PATIENCE_MS / 2;
    daemon.due = now + (wasSlow ? SLOW_PERIOD_MS : PERIOD_MS);
    if (this.#daemons.get(daemon.address) === daemon) this.#tell(daemon);
    else this.#letGo(daemon);
    this.#askNext();
  }

  /** The ids that a daemon has; undefined where it answers, and does not say. */
  async #answerOf(daemon: Daemon, signal: AbortSignal): Promise<ReadonlySet<string> | undefined> {
    const { address } = daemon;
    const late = () =>
      new TimeoutError("ERR_TIMEOUT", `${address} did not answer within ${PATIENCE_MS} ms`, {
        retry: "later",
      });
    const patience = { signal, timeoutMs: PATIENCE_MS, late };
    const proxy = daemon.kept ?? this.#ask(`PYRO:${DAEMON_ID}@${address}`);
    const channel = channelOf(proxy);
    try {
      await within(channel.open(), patience);
      const { value } = channel.state;
      if (value.name === "connected") daemon.dialect = peerDialect(value.peer);
      if (daemon.dialect === "Bunsen" && daemon.kept === undefined) this.#keep(daemon, proxy);
      if (!channel.description?.members.has("registered")) return undefined;
      const ids = await within((proxy as Remote<DaemonObject>).registered(), patience);
      return new Set(ids);
    } finally {
      if (daemon.kept !== proxy) await channel.close();
    }
  }

  #keep(daemon: Daemon, proxy: object): void {
    daemon.kept = proxy;
    channelOf(proxy).state.subscribe(({ name }) => {
      if (name !== "lost" || daemon.kept !== proxy) return;
      daemon.due = 0;
      this.#askNext();
    });
  }

  #letGo(daemon: Daemon): void {
    const { kept } = daemon;
    daemon.kept = undefined;
    if (kept) void channelOf(kept).close();
  }

  #tell(daemon: Daemon): void {
    const { address, parent, dialect, reach, since } = daemon;
    this.#board.put({
      id: daemonNode(address),
      parent,
      kind: "daemon",
      name: address,
      dialect,
      address,
      uri: null,
      metadata: [],
      reach,
      since,
      sinceKind: "seen",
      hidden: 0,
    });
    for (const follower of daemon.followers.values()) this.#tellOf(daemon, follower);
  }

  #tellOf(daemon: Daemon, { node, object }: Follower): void {
    const known = this.#board.get(node);
    if (known === undefined) return;
    const { dialect, objects } = daemon;
    const isMissing = daemon.reach.name === "answers" && objects?.has(object) === false;
    const missing = () => new Error(`${daemon.address} answers, and has no object "${object}"`);
    const reach = isMissing ? silent(known.reach, missing(), Date.now()) : daemon.reach;
    this.#board.put({ ...known, dialect, reach });
  }
}
