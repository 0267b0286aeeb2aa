import {
  BLOB_BYTES,
  IDLE_CONNECTIONS,
  type Loads,
  OUTSTANDING,
  STREAM_ITEMS,
  TEXT,
} from "./contender.ts";

/** One connection of a library for small calls. */
export interface EchoPeer {
  /** Gives back its argument. */
  echo(text: string): PromiseLike<unknown>;
  close(): unknown;
}

/** One connection of a remote-call library, as far as it is measured. */
export interface Peer extends EchoPeer {
  bytes(data: Uint8Array): PromiseLike<Uint8Array>;
  /** The numbers from 0. */
  items(count: number): AsyncIterable<unknown> | PromiseLike<AsyncIterable<unknown>>;
}

/** The loads of a library, on connections that `connect` makes. */
export async function callLoads(connect: () => Promise<Peer>): Promise<Loads> {
  const peer = await connect();
  return {
    ...echoLoads(peer),
    bytes: (ms) => echoBytes((data) => peer.bytes(data), ms),
    streams: (ms) => stream(peer, ms),
    connect: (ms) => medianTime(connect, (fresh) => fresh.echo(TEXT), ms),
    memory: () => openIdle(connect, (fresh) => fresh.echo(TEXT)),
  };
}

/** Small calls and nothing else. */
export function echoLoads(peer: EchoPeer): Loads {
  const echo = () => peer.echo(TEXT);
  return {
    sequential: (ms) => sequentially(echo, ms),
    outstanding: (ms) => concurrently(echo, OUTSTANDING, ms),
  };
}

/** Calls a second, each made when the one before is answered. */
export async function sequentially(call: () => PromiseLike<unknown>, ms: number): Promise<number> {
  const start = performance.now();
  let count = 0;
  let now = start;
  do {
    await call();
    count += 1;
    now = performance.now();
  } while (now - start < ms);
  return perSecond(count, now - start);
}

/** Calls a second, with `width` of them out at any time. */
export async function concurrently(
  call: () => PromiseLike<unknown>,
  width: number,
  ms: number,
): Promise<number> {
  const start = performance.now();
  let count = 0;
  let over = false;
  const lane = async () => {
    while (!over) {
      await call();
      count += 1;
      // The clock costs too much to look at it after each call.
      if ((count & 63) === 0 && performance.now() - start >= ms) over = true;
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return perSecond(count, performance.now() - start);
}

/** Bytes a second that come back, one message after the other. */
export async function echoBytes(
  echo: (data: Uint8Array) => PromiseLike<Uint8Array>,
  ms: number,
): Promise<number> {
  const data = someBytes();
  const calls = await sequentially(async () => {
    const answer = await echo(data);
    if (answer.byteLength !== BLOB_BYTES || answer[BLOB_BYTES - 1] !== data[BLOB_BYTES - 1]) {
      throw new Error(`Expected the ${BLOB_BYTES} bytes sent, got ${answer.byteLength} bytes`);
    }
  }, ms);
  return calls * BLOB_BYTES;
}

async function stream(peer: Peer, ms: number): Promise<number> {
  const start = performance.now();
  let count = 0;
  do {
    let expected = 0;
    let left = false;
    for await (const item of await peer.items(STREAM_ITEMS)) {
      if (item !== expected) throw new Error(`Expected item ${expected}, got ${item}`);
      expected += 1;
      left = (expected & 63) === 0 && performance.now() - start >= ms;
      if (left) break;
    }
    if (!left && expected !== STREAM_ITEMS) throw new Error(`The stream ended at ${expected}`);
    count += expected;
  } while (performance.now() - start < ms);
  return perSecond(count, performance.now() - start);
}

/** Milliseconds that `connect` and a first `call` take. Closing is not counted. */
export async function medianTime<T extends { close(): unknown }>(
  connect: () => Promise<T>,
  call: (fresh: T) => PromiseLike<unknown>,
  ms: number,
): Promise<number> {
  const times: number[] = [];
  const start = performance.now();
  while (performance.now() - start < ms) {
    const before = performance.now();
    const fresh = await connect();
    await call(fresh);
    times.push(performance.now() - before);
    await fresh.close();
  }
  return median(times);
}

/** Connections that have made one call and then say nothing. They stay open until the process ends. */
export async function openIdle<T>(
  connect: () => Promise<T>,
  call: (fresh: T) => PromiseLike<unknown>,
): Promise<number> {
  for (let i = 0; i < IDLE_CONNECTIONS; i++) {
    const fresh = await connect();
    await call(fresh);
    idle.push(fresh);
  }
  return IDLE_CONNECTIONS;
}

const idle: unknown[] = [];

export function someBytes(): Uint8Array {
  return Uint8Array.from({ length: BLOB_BYTES }, (_, i) => (i * 31 + (i >>> 8)) & 0xff);
}

export function perSecond(count: number, ms: number): number {
  return (count * 1000) / ms;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
