import {
  BUNSEN_MARK,
  Flag,
  HEADER_BYTES_5,
  MAGIC_5,
  type MessageType,
  type PyroMessage,
  RefusedFrame,
  TAG,
  VERSION_5,
} from "../../pyro/header.ts";

/** Messages of Pyro5's shape out of bytes: a gateway sends no others, and compresses nothing. */
export class PyroDecoder {
  readonly #maxBytes: number;
  #chunks: Uint8Array[] = [];
  #length = 0;
  /** Bytes of the message that is arriving. */
  #wanted = HEADER_BYTES_5;
  refused: RefusedFrame | undefined;

  constructor({ maxMessageBytes }: { readonly maxMessageBytes: number }) {
    this.#maxBytes = maxMessageBytes;
  }

  get midMessage(): boolean {
    return this.#length > 0;
  }

  push(chunk: Uint8Array): PyroMessage[] {
    this.#chunks.push(chunk);
    this.#length += chunk.byteLength;
    const messages: PyroMessage[] = [];
    while (this.#length >= this.#wanted) {
      const bytes = this.#joined();
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const payloadBytes = view.getUint32(12);
      const payloadAt = HEADER_BYTES_5 + view.getUint32(16);
      const total = payloadAt + payloadBytes;
      const isPyro = view.getUint32(0) === TAG && view.getUint16(4) === VERSION_5;
      if (!isPyro || view.getUint16(38) !== MAGIC_5 || total > this.#maxBytes + HEADER_BYTES_5) {
        const text = isPyro ? `a message of ${total} bytes was announced` : "this is not Pyro 5";
        throw new RefusedFrame("ERR_PYRO_TAG", text, { generation: 5, reply: text });
      }
      this.#wanted = total;
      if (bytes.byteLength < total) break;
      messages.push(messageOf(bytes.subarray(0, total), view, payloadAt));
      this.#chunks = [bytes.subarray(total)];
      this.#length -= total;
      this.#wanted = HEADER_BYTES_5;
    }
    return messages;
  }

  #joined(): Uint8Array {
    const [first] = this.#chunks;
    if (first !== undefined && this.#chunks.length === 1) return first;
    const joined = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      joined.set(chunk, at);
      at += chunk.byteLength;
    }
    this.#chunks = [joined];
    return joined;
  }
}

function messageOf(bytes: Uint8Array, view: DataView, payloadAt: number): PyroMessage {
  const flags = view.getUint16(8);
  let annotations: Map<string, Uint8Array> | undefined;
  for (let at = HEADER_BYTES_5; at < payloadAt; ) {
    const end = at + 8 + view.getUint32(at + 4);
    annotations ??= new Map();
    annotations.set(String.fromCharCode(...bytes.subarray(at, at + 4)), bytes.slice(at + 8, end));
    at = end;
  }
  return {
    generation: 5,
    type: view.getUint8(6) as MessageType,
    flags,
    seq: view.getUint16(10),
    serializerId: view.getUint8(7),
    payload: bytes.subarray(payloadAt),
    annotations,
    correlationId: flags & Flag.CorrelationId ? bytes.slice(20, 36) : undefined,
    bunsen: view.getUint16(36) === BUNSEN_MARK,
  };
}
