import {
  CommunicationError,
  ConnectionClosedError,
  SecurityError,
  TimeoutError,
} from "../errors.ts";
import type { Call } from "../objects/call.ts";
import type { Channel } from "../objects/channel.ts";
import { forward } from "../objects/entry.ts";

/** Connections to one object. */
const MAX_LANES = 16;
/**
 * So long a call may be expected to wait for those before it, rather than to have a connection of its own. A server that has
 * been busy with one call for so long may be for longer: there nobody joins.
 */
const MOST_WAIT_MS = 20;
/** What a member is expected to take until it has shown better, some forty times. */
const UNKNOWN_MS = 1000;
/** How much the newest call says of what the next will take; those before it say the rest. */
const NEWEST = 1 / 8;

/**
 * The connections to one object of Python's, whose server does one call after the other on each. A call that may take long
 * has one of its own, up to a bound, lest it keeps others waiting. Quick ones share: what they would wait for each other
 * is less than what it costs Python to go from thread to thread.
 */
export class Lanes {
  readonly #open: () => Channel;
  readonly #lanes: Lane[];
  /** Milliseconds that a call of each member is expected to take. */
  readonly #expectedMs = new Map<string, number>();

  constructor(first: Channel, open: () => Channel) {
    this.#lanes = [new Lane(first)];
    this.#open = open;
  }

  async call(call: Call): Promise<unknown> {
    const now = performance.now();
    const lane = this.#laneFor(call, now);
    const riding = lane.enter(this.#expected(call.member), now);
    try {
      const value = await forward(lane.channel, call);
      this.#learn(call.member, lane.leave(riding, performance.now()));
      return value;
    } catch (error) {
      lane.fail(riding, error);
      // It has not run: this is no second time.
      if (riding.unread && isEnd(error)) return await this.call(call);
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#lanes.map(({ channel }) => channel.close()));
  }

  #expected(member: string): number {
    return this.#expectedMs.get(member) ?? UNKNOWN_MS;
  }

  #learn(member: string, tookMs: number): void {
    const expectedMs = this.#expected(member);
    this.#expectedMs.set(member, expectedMs + (tookMs - expectedMs) * NEWEST);
  }

  #laneFor(call: Call, now: number): Lane {
    // Nobody would learn that a one-way call was left unread.
    const lane = this.#lanes.find((each) => (call.oneway ? each.calls === 0 : each.isOpen(now)));
    if (lane) return lane;
    if (this.#lanes.length < MAX_LANES) {
      const made = new Lane(this.#open());
      this.#lanes.push(made);
      return made;
    }
    return this.#lanes.reduce((a, b) => (b.calls < a.calls ? b : a));
  }
}

/** A call that is under way. */
interface Riding {
  readonly expectedMs: number;
  /** The server ended the connection before it came to this call. */
  unread: boolean;
}

/** One connection at a time to a server that does one call after the other. */
class Lane {
  readonly channel: Channel;
  /** On the connection that there is now, oldest first. */
  #riding = new Set<Riding>();
  #expectedMs = 0;
  /** Since when the server has been busy with the oldest, on the clock of `performance.now()`. */
  #since = 0;

  constructor(channel: Channel) {
    this.channel = channel;
  }

  get calls(): number {
    return this.#riding.size;
  }

  /** Whether a further call would hardly have to wait. */
  isOpen(now: number): boolean {
    if (this.#riding.size === 0) return true;
    return this.#expectedMs <= MOST_WAIT_MS && now - this.#since <= MOST_WAIT_MS;
  }

  enter(expectedMs: number, now: number): Riding {
    if (this.#riding.size === 0) {
      this.#since = now;
      this.#expectedMs = 0;
    }
    const riding = { expectedMs, unread: false };
    this.#riding.add(riding);
    this.#expectedMs += expectedMs;
    return riding;
  }

  /** A call is over; how many milliseconds it took, without those that it waited for others. */
  leave(riding: Riding, now: number): number {
    const tookMs = now - this.#since;
    if (this.#riding.delete(riding)) {
      this.#expectedMs -= riding.expectedMs;
      this.#since = now;
    }
    return tookMs;
  }

  /** A call failed. Where the server ended the connection with it, it has read none of those behind it. */
  fail(riding: Riding, error: unknown): void {
    if (!this.#riding.has(riding)) return;
    const isRefusal = endsConnection(error);
    if (!isRefusal && !leavesConnection(error)) {
      this.leave(riding, performance.now());
      return;
    }
    // The next call goes by another connection.
    const behind = this.#riding;
    this.#riding = new Set();
    const [oldest] = behind;
    if (isRefusal) behind.delete(riding);
    else if (oldest && isEnd(error)) behind.delete(oldest);
    else return;
    for (const other of behind) other.unread = true;
  }
}

function leavesConnection(error: unknown): boolean {
  return error instanceof ConnectionClosedError || error instanceof TimeoutError;
}

/** An answer of Python's after which its server ends the connection. */
function endsConnection(error: unknown): boolean {
  const isKind = error instanceof CommunicationError || error instanceof SecurityError;
  return isKind && error.remote !== undefined;
}

/**
 * The server ended the connection, and all that it had answered before has arrived. Where that shows only when something is
 * written, answers may be lost.
 */
function isEnd(error: unknown): boolean {
  if (!(error instanceof ConnectionClosedError) || error.remote !== undefined) return false;
  if (error.code === "ERR_CLOSED_BY_PEER") return true;
  const { code, syscall } = rootOf(error) as NodeJS.ErrnoException;
  return code === "ECONNRESET" && syscall === "read";
}

function rootOf(error: Error): Error {
  return error.cause instanceof Error ? rootOf(error.cause) : error;
}
