import type { IncomingMessage } from "node:http";
import { MessageTooLargeError, ProtocolError } from "../errors.ts";
import { type ClassHooks, serializerNamed } from "../serializers/index.ts";
import { asError } from "../values/exceptions.ts";
import { isPlainRecord, type PlainRecord } from "../values/types.ts";
import { addParameter, type Parameters, readParameters } from "./request.ts";

/** What a body says that a query cannot: positional arguments, values that are no text, what to set. */
export interface Body {
  readonly args: unknown[];
  readonly kwargs: Record<string, unknown>;
  /** The value to set an attribute to: `{ "value": … }`. */
  readonly set?: { readonly value: unknown };
}

/**
 * Reads the body of a POST into arguments; what the query gave comes along.
 * @throws MessageTooLargeError; ProtocolError `ERR_BAD_REQUEST`.
 */
export async function readBody(
  request: IncomingMessage,
  query: Parameters,
  maxBytes: number,
  classes: ClassHooks,
): Promise<Body> {
  const [type = ""] = (request.headers["content-type"] ?? "").toLowerCase().split(";", 1);
  const bytes = await readBytes(request, maxBytes);
  switch (type.trim()) {
    case "application/json":
      return bytes.byteLength === 0 ? { args: [], kwargs: query } : jsonBody(bytes, query, classes);
    case "application/octet-stream":
      return { args: [Uint8Array.from(bytes)], kwargs: query };
    case "application/x-www-form-urlencoded":
      return { args: [], kwargs: readParameters(bytes.toString("utf8"), query) };
    case "multipart/form-data":
      return { args: [], kwargs: await multipart(bytes, request, query) };
    default:
      // As Pyro4's gateway.
      return { args: [], kwargs: query };
  }
}

async function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.byteLength;
    if (length > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length);
}

function tooLarge(maxBytes: number): MessageTooLargeError {
  return new MessageTooLargeError(
    "ERR_MESSAGE_TOO_LARGE",
    `the request's body has more bytes than the gateway's maxBodyBytes (${maxBytes})`,
  );
}

function jsonBody(bytes: Uint8Array, query: Parameters, classes: ClassHooks): Body {
  const value = readJson(bytes, classes);
  if (!isMap(value)) throw badBody(value);
  const { args = [], kwargs = {}, ...rest } = value;
  const others = Object.keys(rest).filter((key) => key !== "value");
  if (others.length > 0 || !Array.isArray(args) || !isMap(kwargs)) throw badBody(value);
  const read: Body = { args, kwargs: { ...query, ...kwargs } };
  return "value" in rest ? { ...read, set: { value: rest["value"] } } : read;
}

function readJson(bytes: Uint8Array, classes: ClassHooks): unknown {
  try {
    return serializerNamed("json").decode(bytes, classes);
  } catch (cause) {
    throw new ProtocolError("ERR_BAD_REQUEST", asError(cause).message, { cause });
  }
}

function badBody(value: unknown): ProtocolError {
  const got =
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? `an object with ${Object.keys(value).slice(0, 8).join(", ") || "nothing"}`
      : "something else";
  return new ProtocolError(
    "ERR_BAD_REQUEST",
    `Expected a body such as {"args": [1], "kwargs": {"gain": 2}}, or {"value": 21} to set an attribute, got ${got}`,
  );
}

/**
 * Reads `{ args, kwargs }` as the bridges of pyro_support take it: both may be missing, and one argument need not be a
 * list. Keys that mean nothing here are not looked at.
 * @returns Undefined where it is no such thing.
 */
export function readPageBody(asked: unknown): Body | undefined {
  if (!isMap(asked)) return undefined;
  const args = asked["args"] ?? [];
  const kwargs = asked["kwargs"] ?? {};
  if (!isMap(kwargs)) return undefined;
  return { args: Array.isArray(args) ? args : [args], kwargs };
}

export function isMap(value: unknown): value is PlainRecord {
  return typeof value === "object" && value !== null && isPlainRecord(value);
}

/** The fields of a form are texts, its files bytes. */
async function multipart(
  bytes: Buffer,
  { headers }: IncomingMessage,
  into: Parameters,
): Promise<Parameters> {
  let form: FormData;
  try {
    const type = headers["content-type"] as string;
    form = await new Response(bytes, { headers: { "content-type": type } }).formData();
  } catch (cause) {
    throw new ProtocolError("ERR_BAD_REQUEST", "the body is no multipart/form-data", { cause });
  }
  for (const [key, value] of form) {
    addParameter(into, key, typeof value === "string" ? value : await value.bytes());
  }
  return into;
}
