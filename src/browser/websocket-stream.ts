import type { ByteStream, StreamEvents } from "../net/stream.ts";

/** As the gateway: what is longer leaves as several messages. */
const MAX_FRAME_BYTES = 1024 * 1024;
/** How often to look whether what was sent has left: a browser does not tell. */
const DRAIN_MS = 20;

/** Bytes over the WebSocket of a browser. Pages cannot stop one from delivering, so `pause` holds what arrives. */
export class NativeWebSocketStream implements ByteStream {
  readonly remoteAddress: string;
  readonly localHost: undefined;
  readonly identity: undefined;
  readonly #socket: WebSocket;
  #events: StreamEvents | undefined;
  #held: Uint8Array[] | undefined;
  #draining: ReturnType<typeof setTimeout> | undefined;

  constructor(socket: WebSocket, remoteAddress: string) {
    this.#socket = socket;
    this.remoteAddress = remoteAddress;
  }

  get pendingBytes(): number {
    return this.#socket.bufferedAmount;
  }

  write(bytes: Uint8Array, done: () => void): void {
    for (let start = 0; start < bytes.byteLength; start += MAX_FRAME_BYTES) {
      // What is sent is copied by the browser, here and now.
      this.#socket.send(bytes.subarray(start, start + MAX_FRAME_BYTES) as Uint8Array<ArrayBuffer>);
    }
    done();
    this.#watchDrain();
  }

  start(events: StreamEvents): void {
    this.#events = events;
    this.#socket.onmessage = ({ data }) => {
      if (!(data instanceof ArrayBuffer)) this.#socket.close(1003);
      else if (this.#held) this.#held.push(new Uint8Array(data));
      else events.data(new Uint8Array(data));
    };
    this.#socket.onclose = ({ code, wasClean }) => {
      clearTimeout(this.#draining);
      events.closed(wasClean ? undefined : new Error(`the WebSocket ended with ${code}`));
    };
    // It may have ended before anybody listened.
    if (this.#socket.readyState === WebSocket.CLOSED) events.closed(undefined);
  }

  pause(): void {
    this.#held ??= [];
  }

  resume(): void {
    const held = this.#held;
    this.#held = undefined;
    for (const [index, chunk] of held?.entries() ?? []) {
      this.#events?.data(chunk);
      if (this.#held) {
        this.#held = held?.slice(index + 1);
        return;
      }
    }
  }

  end(): void {
    this.#socket.close();
  }

  destroy(): void {
    this.#socket.close();
  }

  #watchDrain(): void {
    if (this.#draining !== undefined || this.#socket.bufferedAmount === 0) return;
    this.#draining = setTimeout(() => {
      this.#draining = undefined;
      if (this.#socket.bufferedAmount === 0) this.#events?.drain();
      else this.#watchDrain();
    }, DRAIN_MS);
  }
}
