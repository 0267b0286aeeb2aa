import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { ByteWriter } from "../bytes/writer.ts";
import { BunsenError } from "../errors.ts";
import type { ItemStream } from "../objects/stream.ts";
import { type ClassHooks, serializerNamed } from "../serializers/index.ts";
import { asError, exceptionToWire } from "../values/exceptions.ts";
import type { Form } from "./request.ts";

const JSON_TYPE = "application/json; charset=utf-8";
/** Up to here, an answer is one text with its head, and leaves as one write. */
const TEXT_BYTES = 16 * 1024;

const json = serializerNamed("json");
/** What is written here is copied before anything else is. */
const writer = new ByteWriter(64 * 1024);

/** How values and exceptions are told, and to whom: with the headers that every answer has. */
export interface Teller {
  readonly headers: readonly string[];
  readonly classes: ClassHooks;
  /** Of exceptions of this side: `Pyro5.errors`. */
  readonly errorsModule: string;
}

/** Plain text, as Pyro's gateway refuses. */
export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: readonly string[],
): void {
  send(response, status, ["Content-Type", "text/plain", ...headers], text);
}

/** A result, in Pyro's JSON. */
export function sendValue(
  response: ServerResponse,
  value: unknown,
  teller: Teller,
  correlationId: string,
): void {
  const body = encode(value, teller.classes);
  const id = ["X-Pyro-Correlation-Id", correlationId];
  send(response, 200, ["Content-Type", JSON_TYPE, ...teller.headers, ...id], body);
}

/** Bytes as they are. */
export function sendBytes(
  response: ServerResponse,
  bytes: Uint8Array,
  { headers }: Teller,
  correlationId: string,
): void {
  const type = ["Content-Type", "application/octet-stream", "X-Pyro-Correlation-Id", correlationId];
  send(response, 200, [...type, ...headers], bytes);
}

/** Nobody waits for a result. */
export function sendNothing(
  response: ServerResponse,
  { headers }: Teller,
  correlationId: string,
): void {
  const type = ["Content-Type", JSON_TYPE, "X-Pyro-Correlation-Id", correlationId];
  send(response, 200, [...type, ...headers], "");
}

/** What went wrong, as the exception that Python makes of it. */
export function sendError(
  response: ServerResponse,
  status: number,
  error: Error,
  teller: Teller,
): void {
  const body = encodeError(error, teller);
  send(response, status, ["Content-Type", JSON_TYPE, ...teller.headers], body);
}

function send(
  response: ServerResponse,
  status: number,
  headers: readonly string[],
  body: string | Uint8Array,
): void {
  // Without a length Node would send chunks, which cost more at both ends.
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  response.writeHead(status, [...headers, ...COMMON, "Content-Length", `${length}`]);
  if (ending.push({ response, body }) === 1) setImmediate(endAll);
}

/** What ends with this turn of the event loop: a client that waits is woken once for all, not for each, which costs more. */
let ending: { readonly response: ServerResponse; readonly body: string | Uint8Array }[] = [];

function endAll(): void {
  const ended = ending;
  ending = [];
  for (const { response, body } of ended) response.end(body);
}

/** A browser must take an answer for nothing but what it is, and keep none. */
const COMMON = ["X-Content-Type-Options", "nosniff", "Cache-Control", "no-store"];

/** Sends the items of a stream as they come, no faster than they are taken; returns when it is over. */
export async function sendStream(
  response: ServerResponse,
  items: ItemStream,
  form: Exclude<Form, "json">,
  teller: Teller,
  correlationId: string,
): Promise<void> {
  const { type, item, end, error } = FORMATS[form];
  const gone = new AbortController();
  // Also after the last byte; then nobody listens any more.
  response.once("close", () => gone.abort());
  const head = ["Content-Type", type, "X-Pyro-Correlation-Id", correlationId];
  response.writeHead(200, [...head, "X-Accel-Buffering", "no", ...teller.headers, ...COMMON]);
  response.flushHeaders();
  try {
    for (;;) {
      const step = await whileThere(items.next(), gone.signal);
      if (step === undefined) return;
      if (step.done) break;
      if (!response.write(item(step.value, teller.classes))) {
        await once(response, "drain", gone).catch(() => {});
      }
    }
    response.end(end);
  } catch (thrown) {
    if (error === undefined) response.destroy();
    else response.end(error(asText(encodeError(asError(thrown), teller))));
  } finally {
    // Of a stream that is over this does nothing; one that fails while it is ended has nobody left to tell.
    items.close().catch(() => {});
  }
}

/** The next step, or undefined when the caller has gone: a generator may wait for long. */
export async function whileThere<T>(
  step: T | Promise<T>,
  gone: AbortSignal,
): Promise<T | undefined> {
  if (gone.aborted) return undefined;
  if (!(step instanceof Promise)) return step;
  const left = Promise.withResolvers<undefined>();
  const leave = () => left.resolve(undefined);
  gone.addEventListener("abort", leave, { once: true });
  try {
    return await Promise.race([step, left.promise]);
  } finally {
    gone.removeEventListener("abort", leave);
    // It may fail after nobody waits any more.
    step.catch(() => {});
  }
}

interface StreamFormat {
  readonly type: string;
  item(value: unknown, classes: ClassHooks): string | Uint8Array;
  readonly end?: string;
  /** Absent where what follows could be taken for an item: then the connection is cut. */
  readonly error?: (exception: string) => string;
}

/** The id of the last event: who comes back with it has had all there is. */
export const END_OF_EVENTS = "end";

const FORMATS: Readonly<Record<Exclude<Form, "json">, StreamFormat>> = {
  events: {
    type: "text/event-stream",
    item: (value, classes) => `data: ${asText(encode(value, classes))}\n\n`,
    end: `id: ${END_OF_EVENTS}\nevent: end\ndata: null\n\n`,
    error: (exception) => `id: ${END_OF_EVENTS}\nevent: error\ndata: ${exception}\n\n`,
  },
  lines: {
    type: "application/x-ndjson",
    item: (value, classes) => `${asText(encode(value, classes))}\n`,
    error: (exception) => `${exception}\n`,
  },
  bytes: {
    type: "application/octet-stream",
    item(value) {
      if (value instanceof Uint8Array) return value;
      throw new TypeError("an item of the stream is no bytes");
    },
  },
};

function encode(value: unknown, classes: ClassHooks): string | Uint8Array {
  try {
    json.encode(value, writer, classes);
    const view = writer.view();
    return view.byteLength <= TEXT_BYTES ? view.toString("utf8") : Uint8Array.from(view);
  } finally {
    if (writer.capacity > MAX_KEPT_BYTES) writer.take();
    else writer.reset();
  }
}

/** Memory that is kept for the next answer. */
const MAX_KEPT_BYTES = 1024 * 1024;

/** Python's `str(error)`: where an exception has one argument, that is all. */
export function messageOf(error: Error): string {
  const args = error instanceof BunsenError ? error.remote?.args : undefined;
  return args?.length === 1 ? String(args[0]) : error.message;
}

function encodeError(error: Error, { classes, errorsModule }: Teller): string | Uint8Array {
  const dict = (told: Error) => exceptionToWire(told, { errorsModule, bunsen: false });
  try {
    return encode(dict(error), classes);
  } catch (unsendable) {
    const text = `Error serializing exception: ${asError(unsendable).message}. Original exception: ${error.name}: ${error.message}`;
    return encode(dict(new Error(text)), classes);
  }
}

function asText(encoded: string | Uint8Array): string {
  return typeof encoded === "string" ? encoded : Buffer.from(encoded.buffer).toString("utf8");
}
