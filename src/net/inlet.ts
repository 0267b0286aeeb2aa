import net from "node:net";

/** One read brings up to so much. Node's own reads end at 64 KiB, each into memory of its own. */
const READ_BYTES = 256 * 1024;

/**
 * Reads of a plain socket land in one buffer that all sockets of the process share, or, inside a large message, where
 * its bytes belong: it then costs its own memory and no more, where Node's way leaves as much again to the garbage
 * collector.
 * On Windows a read occupies its buffer while it waits, so that none can be shared.
 */
export const SHARES_READS: boolean = process.platform !== "win32";

let shared: Buffer | undefined;

/** The largest piece that glibc learns from. */
const MOST_LEARNT_BYTES = 32 * 1024 * 1024 - 8192;

/**
 * glibc gives memory back to the system once twice as much is free at the end of its heap as the largest piece had that was
 * freed so far (M_TRIM_THRESHOLD in mallopt(3)). Where that is a message of a mebibyte, those of the next garbage collection
 * go back, and each message after it has the system make its pages anew, which takes a quarter of its time. This frees a
 * large piece, of which no page was ever touched: it takes some microseconds, and up to 64 MiB stay with the process.
 */
function keepFreedMemory(): void {
  new ArrayBuffer(MOST_LEARNT_BYTES).transfer(0);
}

/** Where one socket's reads go. What arrives before `open` waits for it. */
export class Inlet {
  #receive: ((chunk: Uint8Array) => void) | undefined;
  #place: () => Uint8Array | undefined = () => undefined;
  #early: Uint8Array[] = [];

  /** For the `onread` option of Node's sockets. */
  get onread(): net.OnReadOpts {
    if (shared === undefined) keepFreedMemory();
    shared ??= Buffer.allocUnsafeSlow(READ_BYTES);
    const common = shared;
    return {
      // Asked for after each read.
      buffer: () => this.#place() ?? common,
      callback: (count, buffer) => this.#read(buffer.subarray(0, count)),
    };
  }

  /** `place` tells where the next bytes should land, if it matters. */
  open(receive: (chunk: Uint8Array) => void, place: () => Uint8Array | undefined): void {
    this.#receive = receive;
    this.#place = place;
    for (const chunk of this.#early.splice(0)) receive(chunk);
  }

  #read(chunk: Uint8Array): boolean {
    if (this.#receive) this.#receive(chunk);
    else this.#early.push(Uint8Array.from(chunk));
    return true;
  }
}

/**
 * A socket over the connection that `accepted` was made for, whose reads go to `inlet`. Node's servers have no option
 * for that (a socket that connects has), so the handle is moved, as Node itself does between processes. `accepted` must
 * not have begun to read: `pauseOnConnect`. Undefined where this Node keeps its handles elsewhere.
 */
export function withInlet(accepted: net.Socket, inlet: Inlet): net.Socket | undefined {
  const holder = accepted as unknown as { _handle?: { useUserBuffer?: unknown } | null };
  const handle = holder._handle;
  if (typeof handle?.useUserBuffer !== "function") return undefined;
  holder._handle = null;
  accepted.destroy();
  return new net.Socket({ handle, onread: inlet.onread } as net.SocketConstructorOpts);
}
