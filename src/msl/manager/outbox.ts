import { type ByteStream, LEAST_PENDING_BYTES } from "../../net/stream.ts";
import { joined } from "../lines.ts";

/** Messages up to this size are gathered, and leave together at the end of the turn. */
const SMALL_BYTES = 16 * 1024;
/** So much is with the socket at most: the rest waits here, in order. */
const IN_SOCKET_BYTES = 512 * 1024;
/** Peers of 0.5 read two messages that arrive together as one, and break: they get time to read the first. */
const LEGACY_GAP_MS = 5;

/** Somebody whose messages can be made to wait. */
export interface Sender {
  hold(by: object): void;
  release(by: object): void;
}

export interface OutboxLimits {
  /** Bytes that may wait for a slow reader before those who send to it must wait, each with as much of its own: 64 KiB or more. Default 1 MiB. */
  readonly maxPendingBytes: number;
}

/**
 * What waits to be read by one peer. It is handed to the socket in slices, as the peer reads: a reply of 100 MB costs
 * others no more than one slice does.
 */
export class Outbox {
  readonly #stream: ByteStream;
  readonly #maxPendingBytes: number;
  readonly #drained: () => void;
  /** Messages that are not with the socket yet; of the first, some pieces may be. */
  #queue: Uint8Array[][] = [];
  #queuedBytes = 0;
  #flushing = false;
  #closed = false;
  #legacy = false;
  #gap: NodeJS.Timeout | undefined;
  /** What each sender added since the peer last kept up. */
  readonly #shares = new Map<Sender, number>();
  readonly #held = new Set<Sender>();

  /** @param drained - Called when the peer has caught up. */
  constructor(stream: ByteStream, limits: OutboxLimits, drained: () => void) {
    this.#stream = stream;
    this.#maxPendingBytes = Math.max(limits.maxPendingBytes, LEAST_PENDING_BYTES);
    this.#drained = drained;
  }

  /** Bytes that the peer has not been sent yet. */
  get pendingBytes(): number {
    return this.#queuedBytes + this.#stream.pendingBytes;
  }

  /** More waits than a peer that reads would leave. */
  get congested(): boolean {
    return this.pendingBytes > this.#maxPendingBytes;
  }

  /** From now on each message leaves by itself. */
  set legacy(legacy: boolean) {
    this.#legacy = legacy;
  }

  /** Sends a message. A sender that has a large part in what waits is held until the peer has caught up. */
  send(pieces: readonly Uint8Array[], from?: Sender): void {
    if (this.#closed) return;
    let bytes = 0;
    for (const piece of pieces) bytes += piece.byteLength;
    // Small pieces are views of large chunks; and each piece costs the socket as much as a message.
    this.#queue.push(bytes <= SMALL_BYTES ? [joined(pieces)] : [...pieces]);
    this.#queuedBytes += bytes;
    if (from !== undefined && this.congested) this.#judge(from, bytes);
    this.#flushLater();
  }

  #flushLater(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(flushOutbox, this);
  }

  /** Hands over as much as the socket should have. To be called again whenever that has been taken. */
  flush(): void {
    this.#flushing = false;
    if (this.#closed) return;
    if (!this.#legacy) this.#sendSlice();
    else if (this.#gap === undefined) this.#sendOne();
    // A socket that takes everything at once has nothing to tell later.
    if (this.congested) return;
    this.#releaseAll();
    this.#drained();
  }

  /** Hands everything over at once, before the connection closes. Nothing can be sent any more. */
  close(): void {
    if (this.#closed) return;
    clearTimeout(this.#gap);
    const rest = this.#queue.flat();
    if (rest.length > 0) this.#write(rest);
    this.#forget();
  }

  /** Drops everything. */
  destroy(): void {
    clearTimeout(this.#gap);
    this.#forget();
  }

  /** One slice. A socket whose peer reads along would take the rest of a large message in this turn, too. */
  #sendSlice(): void {
    let room = IN_SOCKET_BYTES - this.#stream.pendingBytes;
    const slice: Uint8Array[] = [];
    let taken = 0;
    while (taken < this.#queue.length && room > 0) {
      const pieces = this.#queue[taken] as Uint8Array[];
      let used = 0;
      while (used < pieces.length && room > 0) {
        const piece = pieces[used++] as Uint8Array;
        slice.push(piece);
        room -= piece.byteLength;
      }
      if (used === pieces.length) taken++;
      else this.#queue[taken] = pieces.slice(used);
    }
    this.#queue.splice(0, taken);
    this.#write(slice);
    if (this.#queue.length > 0 && this.#stream.pendingBytes < IN_SOCKET_BYTES) this.#flushLater();
  }

  #sendOne(): void {
    const pieces = this.#queue.shift();
    if (pieces === undefined) return;
    this.#write(pieces);
    this.#gap = setTimeout(() => {
      this.#gap = undefined;
      this.flush();
    }, LEGACY_GAP_MS);
  }

  #write(pieces: readonly Uint8Array[]): void {
    let small: Uint8Array[] = [];
    let bytes = 0;
    const writeSmall = () => {
      if (small.length > 0) this.#stream.write(joined(small), () => {});
      small = [];
    };
    for (const piece of pieces) {
      bytes += piece.byteLength;
      if (piece.byteLength <= SMALL_BYTES) {
        small.push(piece);
      } else {
        writeSmall();
        this.#stream.write(piece, () => {});
      }
    }
    writeSmall();
    this.#queuedBytes -= bytes;
  }

  #judge(from: Sender, bytes: number): void {
    const share = (this.#shares.get(from) ?? 0) + bytes;
    this.#shares.set(from, share);
    if (share <= this.#maxPendingBytes || this.#held.has(from)) return;
    this.#held.add(from);
    from.hold(this);
  }

  #releaseAll(): void {
    this.#shares.clear();
    for (const sender of this.#held) sender.release(this);
    this.#held.clear();
  }

  #forget(): void {
    this.#closed = true;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#releaseAll();
  }
}

function flushOutbox(outbox: Outbox): void {
  outbox.flush();
}
