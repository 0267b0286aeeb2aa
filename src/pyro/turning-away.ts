import { ConnectionClosedError } from "../errors.ts";
import { Deadline, deadlines } from "../net/deadlines.ts";
import type { ByteStream } from "../net/stream.ts";
import { marshal } from "../serializers/index.ts";
import { PLAIN_HOOKS } from "../serializers/plain-hooks.ts";
import { Connection } from "./connection.ts";
import { type Generation, MessageType, serializerId } from "./header.ts";
import { Signing } from "./hmac.ts";
import type { ServingOptions } from "./serving-options.ts";

/** Sends a refusal from before the serializer was looked at: it is in marshal, whatever the caller uses. */
export function sendRefusal(
  connection: Connection,
  to: { readonly generation: Generation; readonly seq: number },
  reply: string,
): void {
  const { generation, seq } = to;
  const id = serializerId(generation, "marshal");
  connection.send(
    { generation, type: MessageType.ConnectFail, flags: 0, seq, serializerId: id },
    (out) => marshal.encode(reply, out, PLAIN_HOOKS),
  );
}

/** A handshake is smaller; what is not is told the same. */
const MAX_FIRST_BYTES = 64 * 1024;
/** How long a caller that is not served may take to say in which generation it wants to hear so. */
const MAX_WAIT_MS = 1000;
/** To be told takes a connection, too: so many are told at once, and more are closed without a word. */
const MAX_LEAVING = 100;

/**
 * Callers that are not served. Each is told so after its first message: from that it is known which generation it
 * speaks, and that it has a key where one is asked for.
 */
export class Refusals {
  readonly #options: ServingOptions;
  readonly #leaving = new Set<() => void>();

  constructor(options: ServingOptions) {
    this.#options = options;
  }

  turnAway(stream: ByteStream, reply: string): void {
    if (this.#leaving.size >= MAX_LEAVING) {
      stream.destroy();
      return;
    }
    const { keys, handshakeTimeoutMs } = this.#options;
    const reason = new ConnectionClosedError("ERR_REFUSED", `${stream.remoteAddress}: ${reply}`);
    const end = () => connection.close(reason);
    const deadline = new Deadline(end);
    const signing = Signing.serving(keys, () => stream.identity !== undefined);
    const limits = { ...this.#options, maxFirstBytes: MAX_FIRST_BYTES, signing };
    const connection: Connection = new Connection(stream, limits, {
      message: (message) => {
        sendRefusal(connection, message, reply);
        end();
      },
      writable: () => {},
      refused: (frame) => sendRefusal(connection, frame, frame.isSecurity ? frame.reply : reply),
      closed: () => {
        deadlines.remove(deadline);
        this.#leaving.delete(end);
      },
    });
    this.#leaving.add(end);
    deadlines.add(deadline, Math.min(handshakeTimeoutMs, MAX_WAIT_MS));
  }

  /** Waits for nobody any more. */
  close(): void {
    for (const end of [...this.#leaving]) end();
  }
}
