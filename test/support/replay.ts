/** Sends recorded requests to a running server and compares what it answers with what Python answered. */
import { connect as dial, type Socket } from "node:net";
import { ByteWriter } from "../../src/bytes/writer.ts";
import { inflate } from "../../src/pyro/compression.ts";
import { PyroDecoder } from "../../src/pyro/decoder.ts";
import { encodeMessage } from "../../src/pyro/encoder.ts";
import {
  Flag,
  flagsFrom4,
  type Generation,
  MessageType,
  type PyroMessage,
  serializerName,
} from "../../src/pyro/header.ts";
import { MessageKey } from "../../src/pyro/hmac.ts";
import { type SerializerName, serializerNamed } from "../../src/serializers/index.ts";
import { PLAIN_HOOKS } from "../../src/serializers/plain-hooks.ts";
import { isPlainRecord, type PlainRecord, Tuple } from "../../src/values/types.ts";
import { withExtensions } from "./codec.ts";
import { difference, fromTagged } from "./tagged.ts";
import { fromHex, type Vector, vectors } from "./vectors.ts";

/** Messages that were exchanged on one connection, after the handshake unless they begin with it. */
export interface Exchange {
  readonly generation: Generation;
  readonly group: string;
  /** `group/exchange`. */
  readonly name: string;
  readonly steps: readonly Vector[];
}

/** All exchanges over TCP with one generation of Pyro, in recording order. */
export function recordedExchanges(generation: Generation): Exchange[] {
  const exchanges = new Map<string, Exchange & { steps: Vector[] }>();
  for (const vector of vectors(`pyro${generation}`)) {
    if (vector["transport"] === "udp") continue;
    const name = vector.name.slice(0, vector.name.lastIndexOf("/"));
    const group = name.split("/")[0] as string;
    const exchange = exchanges.get(name) ?? { generation, group, name, steps: [] };
    exchange.steps.push(vector);
    exchanges.set(name, exchange);
  }
  return [...exchanges.values()];
}

/**
 * Replays one exchange against a server on that port.
 * @returns What differs, in words; nothing if all replies are as recorded, and the connection is afterwards.
 */
export async function replay(exchange: Exchange, port: number): Promise<string[]> {
  const { steps } = exchange;
  const differences: string[] = [];
  const streamIds = new Map<string, string>();
  let stranger = await Stranger.dial(port, handshakeBefore(exchange));
  try {
    for (const [index, step] of steps.entries()) {
      if (isRequest(step)) {
        // Where a handshake follows other messages, but one made by hand, the recorded client had connected anew.
        if (index > 0 && step["header"]?.type === "CONNECT") {
          stranger.socket.destroy();
          stranger = await Stranger.dial(port);
        }
        stranger.socket.write(requestBytes(step, streamIds));
        continue;
      }
      const reply = await stranger.next();
      if (reply === undefined) {
        differences.push(`${index}: no reply`);
        break;
      }
      noteStream(step, reply, streamIds);
      differences.push(...replyDifferences(step, reply).map((what) => `${index}: ${what}`));
    }
    differences.push(...(await endDifferences(stranger, exchange)));
  } finally {
    stranger.socket.destroy();
  }
  return differences;
}

const LIMITS = { maxMessageBytes: 1e9, maxAnnotationsBytes: 1e6, inflate };

/** A peer that sends whatever it is told to, and reads messages one by one. */
class Stranger {
  readonly socket: Socket;
  readonly #decoder = new PyroDecoder(LIMITS);
  readonly #messages: PyroMessage[] = [];
  #closed = false;
  #changed: () => void = () => {};

  private constructor(port: number) {
    this.socket = dial({ port, host: "127.0.0.1", noDelay: true });
    // After a refusal unread bytes may turn the end into a reset.
    this.socket.on("error", () => {});
    this.socket.on("data", (chunk) => {
      this.#messages.push(...this.#decoder.push(chunk));
      this.#changed();
    });
    this.socket.on("close", () => {
      this.#closed = true;
      this.#changed();
    });
  }

  static async dial(port: number, handshake?: Uint8Array): Promise<Stranger> {
    const stranger = new Stranger(port);
    if (handshake) {
      stranger.socket.write(handshake);
      const welcome = await stranger.next();
      if (welcome?.type !== MessageType.ConnectOk) throw new Error("the handshake was refused");
    }
    return stranger;
  }

  /** The next message; undefined when the connection is closed, or silent for so long. */
  async next(timeoutMs = 2_000): Promise<PyroMessage | undefined> {
    const deadline = Date.now() + timeoutMs;
    while (this.#messages.length === 0 && !this.#closed && Date.now() < deadline) {
      await this.#change(deadline - Date.now());
    }
    return this.#messages.shift();
  }

  #change(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#changed = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function isRequest(step: Vector): boolean {
  return step["direction"] === "client-to-server";
}

/** The CONNECT that is left out of most recorded exchanges. */
function handshakeBefore({ generation, group, steps }: Exchange): Uint8Array | undefined {
  const [first] = steps as [Vector];
  const byHand = group === "protocol-error" || group === "refused";
  if (byHand ? first["note"] === undefined : first["header"].type === "CONNECT") return undefined;
  const serializer = (!byHand && first["payload"]?.serializer) || "serpent";
  const signed = isSigned(group);
  const home = group.startsWith("nameserver-") ? group.replace("hmac", serializer) : serializer;
  const name = `${home}/handshake/0-request-connect`;
  const found = vectors(`pyro${generation}`).find((vector) => vector.name === name);
  if (!found) throw new Error(`no recorded ${name}`);
  const bytes = fromHex(found.hex);
  return signed ? withSignature(bytes) : bytes;
}

/** The key of the recorded servers that had one. */
export const RECORDED_KEY = "secret key";

function isSigned(group: string): boolean {
  return group === "hmac" || group === "nameserver-hmac";
}

/** A message with the signature that it was not recorded with. */
function withSignature(bytes: Uint8Array): Uint8Array {
  const [message] = new PyroDecoder(LIMITS).push(bytes) as [PyroMessage];
  const signing = { key: new MessageKey(RECORDED_KEY) };
  const out = new ByteWriter();
  encodeMessage(out, message, (w) => w.bytes(message.payload), { maxMessageBytes: 1e6, signing });
  return out.take();
}

/** A recorded request, with the ids of the streams that there are now. */
function requestBytes(step: Vector, streamIds: ReadonlyMap<string, string>): Uint8Array {
  let bytes = Buffer.from(fromHex(step.hex)).toString("latin1");
  for (const [recorded, live] of streamIds) bytes = bytes.replaceAll(recorded, live);
  return Buffer.from(bytes, "latin1");
}

function noteStream(step: Vector, reply: PyroMessage, streamIds: Map<string, string>): void {
  const recorded = step["annotations"]?.STRM;
  const live = reply.annotations?.get("STRM");
  if (recorded && live) {
    streamIds.set(Buffer.from(recorded, "hex").toString(), Buffer.from(live).toString());
  }
}

/** What says nothing about the answer itself. The correlation id is a header field in Pyro5, an annotation in Pyro4. */
const APART = Flag.CorrelationId | Flag.Compressed;

function replyDifferences(step: Vector, reply: PyroMessage): string[] {
  const { header, annotations } = step;
  const recordedGeneration = header.protocol >= 500 ? 5 : 4;
  const flags = recordedGeneration === 5 ? header.flags : flagsFrom4(header.flags);
  const ids = (keys: Iterable<string>) => [...keys].filter((id) => id !== "CORR").sort();
  const compared: [what: string, got: unknown, recorded: unknown][] = [
    ["generation", reply.generation, recordedGeneration],
    ["type", TYPES[reply.type], header.type],
    ["flags", reply.flags & ~APART, flags & ~APART],
    ["seq", reply.seq, header.seq],
    ["serializer", reply.serializerId, header.serializer],
    ["annotations", `${ids(reply.annotations?.keys() ?? [])}`, `${ids(Object.keys(annotations))}`],
  ];
  const unlike = compared.filter(([, got, recorded]) => got !== recorded);
  return [
    ...unlike.map(([what, got, recorded]) => `${what} ${got} instead of ${recorded}`),
    ...payloadDifferences(step, reply),
  ];
}

const TYPES: Record<number, string> = {
  [MessageType.ConnectOk]: "CONNECTOK",
  [MessageType.ConnectFail]: "CONNECTFAIL",
  [MessageType.Result]: "RESULT",
  [MessageType.Ping]: "PING",
};

function payloadDifferences({ payload }: Vector, reply: PyroMessage): string[] {
  if (payload.form === "raw") {
    const text = Buffer.from(reply.payload).toString("latin1");
    return text === payload.value ? [] : [`payload ${text}`];
  }
  const name = serializerName(reply.generation, reply.serializerId);
  if (name === undefined) return [`serializer ${reply.serializerId} is unknown`];
  const got = comparable(serializerNamed(name).decode(reply.payload, PLAIN_HOOKS));
  const recorded = comparable(described(name, payload.value));
  if (reply.type === MessageType.ConnectFail) return got === recorded ? [] : ["text"];
  if (isException(got) && isException(recorded)) return exceptionDifferences(got, recorded);
  const found = difference(got, recorded);
  return found === undefined ? [] : [found];
}

/** What the serializer returns for a recorded value. The description shows extensions, and serpent's dicts for bytes. */
function described(name: SerializerName, value: unknown): unknown {
  const untagged = fromTagged(value);
  if (name === "msgpack") return withExtensions(untagged);
  return name === "serpent" ? withSerpentTypes(untagged) : untagged;
}

function withSerpentTypes(value: unknown): unknown {
  if (Array.isArray(value)) return likeList(value, value.map(withSerpentTypes));
  if (!isRecord(value)) return value;
  if (value["__class__"] === "float") return Number.NaN;
  if (value["encoding"] === "base64") {
    return new Uint8Array(Buffer.from(String(value["data"]), "base64"));
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withSerpentTypes(inner)]),
  );
}

/** `items` as a list, or as a tuple. */
function likeList(list: unknown[], items: unknown[]): unknown[] {
  return list instanceof Tuple ? Tuple.from(items) : items;
}

function isRecord(value: unknown): value is PlainRecord {
  return typeof value === "object" && value !== null && isPlainRecord(value);
}

interface Exception extends PlainRecord {
  readonly __class__: string;
  readonly args: readonly unknown[];
}

function isException(value: unknown): value is Exception {
  return (value as Partial<PlainRecord> | null)?.["__exception__"] === true;
}

/** The text of an error that is our own says more than Python's: that it differs is said apart. */
function exceptionDifferences(got: Exception, recorded: Exception): string[] {
  const { __class__, args, ...rest } = got;
  const { __class__: recordedClass, args: recordedArgs, ...recordedRest } = recorded;
  return [
    __class__ === recordedClass ? undefined : `${__class__} instead of ${recordedClass}`,
    difference(args, recordedArgs) && (isText(args) && isText(recordedArgs) ? "text" : "args"),
    difference(rest, recordedRest),
  ].filter((found) => found !== undefined);
}

function isText(args: readonly unknown[]): boolean {
  return args.length === 1 && typeof args[0] === "string";
}

/** A value less what differs from one run to the next: ports, the lines of tracebacks, the order of what was a set. */
function comparable(value: unknown, key = ""): unknown {
  if (typeof value === "string") return value.replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT");
  if (Array.isArray(value)) return comparableList(value, key);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([name, inner]) => [name, comparable(inner, name)]));
}

function comparableList(value: unknown[], key: string): unknown {
  if (key === "_pyroTraceback") return "lines";
  const items = value.map((item) => comparable(item));
  // A URI of the server itself.
  if (key === "state" && items[3] === "127.0.0.1") items[4] = "PORT";
  if (SETS_AS_LISTS.has(key) || items.every(isTag)) items.sort();
  return likeList(value, items);
}

const SETS_AS_LISTS = new Set(["methods", "attrs", "oneway"]);

/** Metadata in a name server. */
function isTag(value: unknown): boolean {
  return typeof value === "string" && value.startsWith("class:");
}

/** Whether the connection is then as it was: closed, or open and silent. */
async function endDifferences(stranger: Stranger, exchange: Exchange): Promise<string[]> {
  const last = exchange.steps.at(-1) as Vector;
  if (mustClose(exchange)) {
    const more = await stranger.next(200);
    if (more) return [`afterwards: one more reply, ${TYPES[more.type]} with flags ${more.flags}`];
    // Not before: what is sent to a closed connection may cost what it sent last.
    stranger.socket.write(ping(exchange));
    return (await stranger.next()) ? ["afterwards: left open instead of closed"] : [];
  }
  if (last["header"] === undefined) {
    // Three bytes of a message were sent. With the rest of it they are a handshake.
    const [connect] = vectors(`pyro${exchange.generation}`) as [Vector];
    stranger.socket.write(fromHex(connect.hex).subarray(fromHex(last.hex).byteLength));
    const welcome = await stranger.next();
    return welcome?.type === MessageType.ConnectOk ? [] : ["afterwards: closed instead of open"];
  }
  stranger.socket.write(ping(exchange));
  const pong = await stranger.next();
  if (pong === undefined) return ["afterwards: closed instead of open"];
  return pong.type === MessageType.Ping && pong.seq === PING_SEQ
    ? []
    : [`afterwards: one more reply, ${TYPES[pong.type]} with flags ${pong.flags}`];
}

/** Where the recording does not say so: after a refusal, and where Python sends nothing to one who waits. */
function mustClose({ steps }: Exchange): boolean {
  const last = steps.at(-1) as Vector;
  if (last["afterwards"]) return last["afterwards"] === "server closed the connection";
  if (!isRequest(last)) return last["header"].type === "CONNECTFAIL";
  return (last["header"].flags & Flag.Oneway) === 0;
}

const PING_SEQ = 60_000;

function ping({ generation, group }: Exchange): Uint8Array {
  const out = new ByteWriter();
  const head = { generation, type: MessageType.Ping, flags: 0, seq: PING_SEQ, serializerId: 42 };
  const signing = isSigned(group) ? { key: new MessageKey(RECORDED_KEY) } : undefined;
  encodeMessage(out, head, (w) => w.latin1("ping"), { maxMessageBytes: 100, signing });
  return out.take();
}
