import net from "node:net";
import { Duplex, type Readable, type Writable } from "node:stream";
import { MessagePort, Worker } from "node:worker_threads";
import { BunsenError } from "../errors.ts";
import { DuplexStream } from "./duplex.ts";
import { PortStream } from "./port.ts";
import { streamOfSocket } from "./socket.ts";
import type { ByteStream } from "./stream.ts";

/**
 * What can carry a conversation without an address: a connected socket, any other Duplex, the two directions of one
 * (`{ readable: child.stdout, writable: child.stdin }`), a worker's port or the worker itself.
 */
export type AnyStream =
  | Duplex
  | { readonly readable: Readable; readonly writable: Writable }
  | MessagePort
  | Worker;

/** Streams that carry, or have carried, a conversation: bytes of two would be mixed up. */
const taken = new WeakSet<object>();

/**
 * Takes a stream for one conversation, and for good.
 * @param name - How messages call the other end. Default: its address, or what it is.
 * @throws BunsenError `ERR_STREAM_TAKEN`; TypeError for something else.
 */
export function byteStreamOf(stream: AnyStream, name?: string): ByteStream {
  if (taken.has(stream)) {
    const text = "This stream carries a conversation already, or has; make another, one for each";
    throw new BunsenError("ERR_STREAM_TAKEN", text);
  }
  const made = wrap(stream, name);
  taken.add(stream);
  return made;
}

function wrap(stream: AnyStream, name: string | undefined): ByteStream {
  if (stream instanceof net.Socket) return streamOfSocket(stream, name ?? "a connected socket");
  if (stream instanceof Duplex) return new DuplexStream(stream, name ?? "a stream");
  if (stream instanceof MessagePort) return new PortStream(stream, name ?? "a message port");
  if (stream instanceof Worker) return new PortStream(stream, name ?? `worker ${stream.threadId}`);
  if (typeof stream === "object" && stream !== null && "readable" in stream) {
    return new DuplexStream(Duplex.from(stream), name ?? "two streams");
  }
  throw new TypeError(
    "Expected a stream: a Duplex, { readable, writable }, a MessagePort or a Worker",
  );
}
