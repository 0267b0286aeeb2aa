/** Records what two Bunsen peers say to each other, message by message: what test/vectors/bunsen.json holds. */
import { once } from "node:events";
import net from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import {
  BunsenError,
  type Callback,
  type ConnectOptions,
  callContext,
  connect,
  Daemon,
  expose,
  type Remote,
  RemoteError,
  release,
  SILENT,
  tuple,
  withOptions,
} from "../../src/index.ts";
import { PyroDecoder } from "../../src/pyro/decoder.ts";
import { Flag, MessageType, type PyroMessage, serializerName } from "../../src/pyro/header.ts";
import { serializerNamed } from "../../src/serializers/index.ts";
import { PLAIN_HOOKS } from "../../src/serializers/plain-hooks.ts";
import { Complex, Float, FrozenSet, Tuple } from "../../src/values/types.ts";
import { toHex } from "./vectors.ts";

/** One message. The fields are those of the wire files: see test/vectors/README.md. */
export interface RecordedMessage {
  name: string;
  what: string;
  direction: "caller-to-daemon" | "daemon-to-caller";
  hex: string;
  header: Record<string, unknown>;
  annotations: Record<string, string>;
  payload: { form: "call" | "data" | "raw"; serializer?: string; value?: unknown };
}

class Meter {
  range = 10;
  read(): number {
    return 1.5;
  }
}
expose(Meter, { range: true, read: true }, { doc: "Lent, never registered." });

/** What is called while it is recorded. */
class Lab {
  readonly #gate = Promise.withResolvers<void>();
  readonly #ready = Promise.withResolvers<void>();
  setpoint = 20;
  /** Adds two numbers. */
  add(a: number, b = 10): number {
    return a + b;
  }
  echo(value: unknown): unknown {
    return value;
  }
  fail(kind: "own" | "python"): void {
    const error =
      kind === "own"
        ? new BunsenError("ERR_BUSY", "the laser is in use", { retry: "later" })
        : new RemoteError("builtins.KeyError", ["no such channel"]);
    // Stacks name files of the machine that recorded.
    error.stack = "Lab.fail (lab.ts:1:1)";
    throw error;
  }
  async wait(): Promise<string> {
    await this.#gate.promise;
    return "waited";
  }
  open(): string {
    this.#gate.resolve();
    return "opened";
  }
  async hang(): Promise<void> {
    const { signal } = callContext();
    await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve()));
  }
  *count(to: number): Generator<number, string> {
    for (let i = 0; i < to; i++) yield i;
    return "counted";
  }
  /** More than were granted at first; then it waits. */
  async *drip(): AsyncGenerator<number> {
    for (let i = 0; i < 40; i++) yield i;
    await this.#ready.promise;
  }
  stop(): void {
    this.#ready.resolve();
  }
  note(_text: string): void {}
  async map(values: number[], f: Callback<(x: number) => number>): Promise<number[]> {
    const mapped: number[] = [];
    for (const value of values) mapped.push(await f(value));
    return mapped;
  }
  async measure(meter: Callback<Meter>): Promise<number[]> {
    return [await meter.range, await meter.read()];
  }
  adder(by: number): (x: number) => number {
    return (x) => x + by;
  }
}
expose(
  Lab,
  {
    setpoint: true,
    add: true,
    echo: true,
    fail: true,
    wait: true,
    open: true,
    hang: true,
    count: true,
    drip: true,
    stop: true,
    note: { oneway: true },
    map: true,
    measure: true,
    adder: true,
  },
  { doc: "A small laboratory." },
);

type Scene = (lab: Remote<Lab>) => Promise<unknown>;

/** Each on a connection of its own. One thing after the other, so that the messages have an order. */
const SCENES: readonly (readonly [string, string, Scene, ConnectOptions?])[] = [
  ["handshake", "the mark at both ends; what is told of the object", async () => {}],
  ["call", "a call in msgpack", (lab) => lab.add(1, 2)],
  [
    "serpent",
    "a call in the serializer that the user chose",
    (lab) => lab.add(1, 2),
    { serializer: "serpent" },
  ],
  [
    "values",
    "values that Python's msgpack has no type for",
    (lab) =>
      lab.echo([
        tuple(1, 2),
        new Set(["a"]),
        new FrozenSet([1]),
        new Complex(1.5, -2),
        new Map([[1, "a"]]),
        2n ** 70n,
        Float64Array.of(0.5, 1),
        new Uint8Array([0, 255]),
      ]),
  ],
  [
    "deadline",
    "a call with a timeout: annotation BTMO",
    (lab) => withOptions(lab, { timeout: 5000 }).add(1),
  ],
  [
    "error",
    "an error of Bunsen's own: name, code and retry",
    (lab) => lab.fail("own").catch(() => {}),
  ],
  [
    "python-error",
    "an error that the method made as Python's",
    (lab) => lab.fail("python").catch(() => {}),
  ],
  [
    "oneway",
    "a one-way call, then one that is answered",
    async (lab) => [await lab.note("x"), await lab.add(0, 0)],
  ],
  [
    "order",
    "answers as the calls finish",
    async (lab) => {
      const slow = lab.wait();
      await lab.open();
      await slow;
    },
  ],
  [
    "cancel",
    "a call that is cancelled: a control frame with 0",
    async (lab) => {
      const abort = new AbortController();
      const hanging = withOptions(lab, { signal: abort.signal })
        .hang()
        .catch(() => {});
      await lab.add(0, 0);
      abort.abort();
      await hanging;
      await lab.add(1, 1);
    },
  ],
  [
    "stream",
    "items of a generator, pushed, and what it returns",
    (lab) => Array.fromAsync(lab.count(3)),
  ],
  [
    "stream-credits",
    "a stream that is granted more items, and then stopped",
    async (lab) => {
      const items = lab.drip()[Symbol.asyncIterator]();
      for (let i = 0; i < 40; i++) await items.next();
      await items.return?.();
      await lab.stop();
    },
  ],
  ["callback", "a function as an argument, called back", (lab) => lab.map([1, 2], (x) => x * 2)],
  [
    "callback-error",
    "a callback that fails",
    (lab) =>
      lab
        .map([1], () => {
          const error = new RangeError("not this one");
          error.stack = "callback (caller.ts:1:1)";
          throw error;
        })
        .catch(() => {}),
  ],
  [
    "lent-object",
    "an object that is registered nowhere: its attribute and method",
    (lab) => lab.measure(new Meter()),
  ],
  ["returned", "a function that comes back to where it came from", (lab) => lab.echo(() => 1)],
  [
    "release",
    "a function in a result, called, and given back",
    async (lab) => {
      const add = await lab.adder(10);
      await add(5);
      await release(add);
      await lab.add(0, 0);
    },
  ],
];

export async function recordBunsen(): Promise<RecordedMessage[]> {
  const messages: RecordedMessage[] = [];
  for (const [name, what, scene, options] of SCENES) {
    await using daemon = new Daemon({ logger: SILENT });
    daemon.register("lab", new Lab());
    const { address } = await daemon.listen("pyro://127.0.0.1:0");
    const recorder = await Recorder.to(Number(address.split(":")[1]));
    const lab = await connect<Lab>(`PYRO:lab@127.0.0.1:${recorder.port}`, options);
    await scene(lab);
    // What was sent last, and not answered, is on its way.
    for (let i = 0; i < 10; i++) await turn();
    await release(lab);
    await recorder.close();
    const shown = name === "handshake" ? recorder.frames : recorder.frames.slice(2);
    messages.push(...shown.map((frame, index) => described(name, what, index, frame)));
  }
  return messages;
}

interface Frame {
  readonly toDaemon: boolean;
  readonly bytes: Uint8Array;
  readonly message: PyroMessage;
}

/** Stands between the two, and writes down what passes, in the order in which it does. */
class Recorder {
  readonly frames: Frame[] = [];
  readonly port: number;
  readonly #server: net.Server;

  private constructor(server: net.Server, target: number) {
    this.#server = server;
    this.port = (server.address() as net.AddressInfo).port;
    server.on("connection", (near: net.Socket) => {
      const far = net.connect(target, "127.0.0.1");
      this.#pass(near, far, true);
      this.#pass(far, near, false);
    });
  }

  static async to(target: number): Promise<Recorder> {
    const server = net.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Recorder(server, target);
  }

  async close(): Promise<void> {
    this.#server.close();
    await once(this.#server, "close");
  }

  #pass(from: net.Socket, to: net.Socket, toDaemon: boolean): void {
    const decoder = new PyroDecoder({
      maxMessageBytes: 1e6,
      maxAnnotationsBytes: 1e6,
      inflate: (b) => b,
    });
    let rest = Buffer.alloc(0);
    from.on("data", (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (const message of decoder.push(chunk)) {
        const size = 40 + rest.readUInt32BE(12) + rest.readUInt32BE(16);
        this.frames.push({ toDaemon, bytes: rest.subarray(0, size), message });
        rest = rest.subarray(size);
      }
      to.write(chunk);
    });
    from.on("error", () => to.destroy());
    from.on("close", () => to.end());
  }
}

const TYPES = ["", "CONNECT", "CONNECTOK", "CONNECTFAIL", "INVOKE", "RESULT", "PING"];

function described(scene: string, what: string, index: number, frame: Frame): RecordedMessage {
  const { message, bytes, toDaemon } = frame;
  const type = TYPES[message.type] as string;
  const view = Buffer.from(bytes);
  return {
    name: `${scene}/${index}-${toDaemon ? "caller" : "daemon"}-${type.toLowerCase()}`,
    what,
    direction: toDaemon ? "caller-to-daemon" : "daemon-to-caller",
    hex: toHex(bytes),
    header: {
      protocol: view.readUInt16BE(4),
      type,
      serializer: message.serializerId,
      flags: message.flags,
      seq: message.seq,
      dataLength: view.readUInt32BE(12),
      annotationsLength: view.readUInt32BE(16),
      correlationId: toHex(bytes.subarray(20, 36)),
      reserved: view.readUInt16BE(36),
      magic: view.readUInt16BE(38),
    },
    annotations: Object.fromEntries(
      [...(message.annotations ?? [])].map(([id, data]) => [id, toHex(data)]),
    ),
    payload: payloadOf(message),
  };
}

function payloadOf(message: PyroMessage): RecordedMessage["payload"] {
  const isControl = message.type === MessageType.Ping && (message.flags & Flag.ItemStream) !== 0;
  const name = serializerName(5, message.serializerId);
  if (isControl || name === undefined) return { form: "raw", value: toHex(message.payload) };
  const value = serializerNamed(name, spokenByBunsen(message)).decode(message.payload, PLAIN_HOOKS);
  const form = message.type === MessageType.Invoke ? "call" : "data";
  return { form, serializer: name, value: tagged(value) };
}

/** The handshake is in Pyro's own words: not before it is over is it known what the other side understands. */
export function spokenByBunsen({ type }: Pick<PyroMessage, "type">): boolean {
  return type !== MessageType.Connect && type !== MessageType.ConnectOk;
}

/** A value as the vector files write it. */
function tagged(value: unknown): unknown {
  if (typeof value === "bigint") return { $int: `${value}` };
  if (typeof value === "number")
    return Number.isSafeInteger(value) ? value : { $float: `${value}` };
  if (value instanceof Float) return { $float: `${value.value}.0` };
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return { $bytes: toHex(value) };
  if (value instanceof Float64Array) return { $array: ["d", [...value].map(tagged)] };
  if (value instanceof Tuple) return { $tuple: [...value].map(tagged) };
  if (Array.isArray(value)) return value.map(tagged);
  if (value instanceof FrozenSet) return { $frozenset: [...value].map(tagged) };
  if (value instanceof Set) return { $set: [...value].map(tagged) };
  if (value instanceof Complex) return { $complex: [`${value.re}`, `${value.im}`] };
  if (value instanceof Map) return { $dict: [...value].map(([k, v]) => [tagged(k), tagged(v)]) };
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, tagged(inner)]));
}
