import { connect as dial, type Socket } from "node:net";
import { deflateSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ByteWriter } from "../../src/bytes/writer.ts";
import { connect, Daemon, expose, type Remote } from "../../src/index.ts";
import { inflate } from "../../src/pyro/compression.ts";
import { PyroDecoder } from "../../src/pyro/decoder.ts";
import { encodeMessage, type MessageHead } from "../../src/pyro/encoder.ts";
import { Flag, MessageType, type PyroMessage } from "../../src/pyro/header.ts";
import { marshal, serpent } from "../../src/serializers/index.ts";
import { PLAIN_HOOKS } from "../../src/serializers/plain-hooks.ts";
import { tuple } from "../../src/values/types.ts";
import { fromHex, vectors } from "../support/vectors.ts";

class Meter {
  reading = 1;
  read(channel = 0) {
    return channel + 0.5;
  }
  big(bytes: number) {
    return "x".repeat(bytes);
  }
  secret() {
    return "never";
  }
}
expose(Meter, { read: true, reading: true, big: true });

interface Line {
  readonly code?: string;
  readonly message: string;
}

let daemon: Daemon;
let port: number;
let lines: Line[];
let bystander: Remote<Meter>;

async function start(options: object = {}): Promise<void> {
  lines = [];
  const warn = (fields: object, message: string) => lines.push({ ...fields, message });
  daemon = new Daemon({ logger: { debug() {}, info() {}, warn, error: warn } });
  daemon.register("meter", new Meter());
  const listener = await daemon.listen("pyro://127.0.0.1:0", options);
  port = Number(listener.address.split(":").at(-1));
  bystander = await connect<Meter>(daemon.uriFor("meter"));
}

beforeEach(() => start());
afterEach(() => daemon.close());

/** Sends bytes and collects what comes back until the daemon closes the connection. */
class Stranger {
  readonly socket: Socket;
  readonly received: Buffer[] = [];
  readonly closed: Promise<void>;
  constructor() {
    this.socket = dial(port, "127.0.0.1");
    this.socket.on("data", (chunk) => this.received.push(chunk));
    this.socket.on("error", () => {});
    this.closed = new Promise((resolve) => this.socket.once("close", () => resolve()));
  }
  send(bytes: Uint8Array): this {
    this.socket.write(bytes);
    return this;
  }
  get messages(): PyroMessage[] {
    const limits = { maxMessageBytes: 1e9, maxAnnotationsBytes: 1e6, inflate };
    return new PyroDecoder(limits).push(Buffer.concat(this.received));
  }
  async answers(count: number): Promise<PyroMessage[]> {
    await expect.poll(() => this.messages.length).toBeGreaterThanOrEqual(count);
    return this.messages;
  }
}

function message(
  type: number,
  payload: (out: ByteWriter) => void,
  head: Partial<MessageHead> = {},
): Uint8Array {
  const out = new ByteWriter();
  const full = { generation: 5, type, flags: 0, seq: 1, serializerId: 1, ...head } as MessageHead;
  encodeMessage(out, full, payload, { maxMessageBytes: 2 ** 31 });
  return out.take();
}
const inSerpent = (value: unknown) => (out: ByteWriter) => serpent.encode(value, out, PLAIN_HOOKS);
const CONNECT = message(MessageType.Connect, inSerpent({ handshake: "hello", object: "meter" }));
const invoke = (
  member: string,
  args: unknown[] = [],
  object = "meter",
  head: Partial<MessageHead> = {},
) =>
  message(MessageType.Invoke, inSerpent(tuple<unknown>(object, member, tuple(...args), {})), head);
const marshalled = (m: PyroMessage) => marshal.decode(m.payload, PLAIN_HOOKS);
const answer = (m: PyroMessage) =>
  serpent.decode(m.payload, PLAIN_HOOKS) as Record<string, unknown>;

/** After each mischief: the line is logged, the process lives, and the others did not notice. */
async function unharmed(code: string): Promise<void> {
  await expect.poll(() => lines.map((line) => line.code)).toEqual([code]);
  expect(await bystander.read(2)).toBe(2.5);
}

describe("before the handshake, one refusal and one log line", () => {
  it.each([
    [
      "an HTTP request",
      Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
      5,
      "invalid data",
      "ERR_PYRO_TAG",
    ],
    [
      "Pyro protocol 501",
      CONNECT.with(5, 0xf5),
      5,
      "invalid protocol version: 501",
      "ERR_PYRO_VERSION",
    ],
    [
      "a wrong magic",
      CONNECT.with(39, 0),
      5,
      "invalid message or protocol version",
      "ERR_PYRO_MAGIC",
    ],
    [
      "a call in place of the handshake",
      invoke("read"),
      5,
      "invalid msg type 4 received (expected: 1)",
      "ERR_HANDSHAKE",
    ],
    [
      "an unknown serializer",
      message(MessageType.Connect, () => {}, { serializerId: 99 }),
      5,
      "message used serializer that is not accepted: 99",
      "ERR_HANDSHAKE",
    ],
    [
      "a message over the limit",
      CONNECT.with(12, 0xff),
      5,
      expect.stringContaining("message too large"),
      "ERR_MESSAGE_TOO_LARGE",
    ],
  ])("%s", async (_, bytes, generation, text, code) => {
    const stranger = new Stranger().send(bytes);
    await stranger.closed;
    const [refusal] = stranger.messages as [PyroMessage];
    expect(refusal).toMatchObject({ type: MessageType.ConnectFail, generation });
    expect(marshalled(refusal)).toEqual(text);
    await unharmed(code);
  });

  it("pickle is refused by name, in Pyro4's shape", async () => {
    const pickled = vectors("pyro4").find(
      (v) => v.name.startsWith("refused/") && v["direction"] === "client-to-server",
    );
    const stranger = new Stranger().send(fromHex((pickled as { hex: string }).hex));
    await stranger.closed;
    const [refusal] = stranger.messages as [PyroMessage];
    expect(refusal).toMatchObject({ type: MessageType.ConnectFail, generation: 4 });
    expect(marshalled(refusal)).toMatch(
      /^message used serializer that is not accepted: 4 \(pickle/,
    );
    await unharmed("ERR_HANDSHAKE");
  });

  it.each([
    ["a handshake that is no dict", [1, 2], "must be a dict"],
    ["a handshake without its data", { object: "meter" }, "'handshake'"],
    ["an unknown object", { handshake: "hello", object: "nothing" }, "unknown object"],
  ])("%s is told in the caller's serializer", async (_, value, text) => {
    const stranger = new Stranger().send(message(MessageType.Connect, inSerpent(value)));
    await stranger.closed;
    const [refusal] = stranger.messages as [PyroMessage];
    expect(answer(refusal)).toContain(text);
    await unharmed("ERR_HANDSHAKE_REFUSED");
  });

  it("a client that says nothing is closed when the handshake time is over", async () => {
    await daemon.close();
    await start({ handshakeTimeoutMs: 60 });
    const stranger = new Stranger();
    await stranger.closed;
    await unharmed("ERR_HANDSHAKE_TIMEOUT");
  });

  it("a client that stops in the middle of its handshake is closed too", async () => {
    await daemon.close();
    await start({ handshakeTimeoutMs: 60 });
    await new Stranger().send(CONNECT.subarray(0, 20)).closed;
    await unharmed("ERR_HANDSHAKE_TIMEOUT");
  });

  it("a handshake over maxHandshakeBytes is refused as announced, and calls may be larger", async () => {
    await daemon.close();
    await start({ maxHandshakeBytes: CONNECT.byteLength - 40 });
    const long = message(MessageType.Connect, (out) => out.latin1("x".repeat(CONNECT.byteLength)));
    const stranger = new Stranger().send(long.subarray(0, 40));
    await stranger.closed;
    expect(marshalled(stranger.messages[0] as PyroMessage)).toContain("message too large");
    await unharmed("ERR_MESSAGE_TOO_LARGE");
    expect(lines[0]?.message).toContain("over maxHandshakeBytes");
    const known = new Stranger().send(CONNECT).send(invoke("read", [1, "x".repeat(1000)]));
    expect((await known.answers(2)).map(({ type }) => type)).toEqual([
      MessageType.ConnectOk,
      MessageType.Result,
    ]);
    known.socket.destroy();
  });

  it("a client over maxConnections is told so, and the others go on", async () => {
    await daemon.close();
    await start({ maxConnections: 1 });
    const stranger = new Stranger().send(CONNECT);
    await stranger.closed;
    expect(marshalled(stranger.messages[0] as PyroMessage)).toContain("no free workers");
    expect(await bystander.read(2)).toBe(2.5);
  });

  it("a client over maxConnections that says nothing is not waited for", async () => {
    await daemon.close();
    await start({ maxConnections: 1, handshakeTimeoutMs: 60 });
    const silent = new Stranger();
    await silent.closed;
    expect(silent.received).toEqual([]);
  });

  it("of clients over maxConnections only so many are waited for, to be told", async () => {
    await daemon.close();
    await start({ maxConnections: 1 });
    const silent = Array.from({ length: 101 }, () => new Stranger());
    await Promise.race(silent.map(({ closed }) => closed));
    // Closing ends the wait of the others.
    await daemon.close();
    await Promise.all(silent.map(({ closed }) => closed));
    expect(silent.map(({ received }) => received.length)).toEqual(Array(101).fill(0));
  });
});

describe("after the handshake", () => {
  it.each([
    ["a wrong tag", Buffer.from("XXXXXXXXXXXXXXXXXXXXXXXX"), "ERR_PYRO_TAG"],
    ["a second handshake", CONNECT, "ERR_UNEXPECTED_MESSAGE"],
    ["a message over the limit", invoke("read").with(12, 0xff), "ERR_MESSAGE_TOO_LARGE"],
    ["an unknown serializer", invoke("read", [], "meter", { serializerId: 99 }), "ERR_SERIALIZER"],
    [
      "data that is no zlib stream",
      invoke("read", [], "meter", { flags: Flag.Compressed }),
      "ERR_COMPRESSED",
    ],
  ])(
    "%s closes the connection without a word, after what came before it was answered",
    async (_, bytes, code) => {
      const stranger = new Stranger().send(Buffer.concat([CONNECT, invoke("read", [1]), bytes]));
      await stranger.closed;
      const [welcome, reply, ...rest] = stranger.messages as PyroMessage[];
      expect(welcome).toMatchObject({ type: MessageType.ConnectOk });
      expect(answer(reply as PyroMessage)).toBe(1.5);
      expect(rest).toEqual([]);
      await unharmed(code);
    },
  );

  it("a frame that is cut off costs one line", async () => {
    const stranger = new Stranger().send(Buffer.concat([CONNECT, invoke("read").subarray(0, 50)]));
    await stranger.answers(1);
    stranger.socket.end();
    await unharmed("ERR_TRUNCATED");
  });

  it("a compressed bomb is refused at the limit, whatever it inflates to", async () => {
    await daemon.close();
    await start({ maxMessageBytes: 1024 * 1024 });
    const bomb = message(MessageType.Invoke, (out) => out.bytes(deflateSync(Buffer.alloc(200e6))), {
      flags: Flag.Compressed,
    });
    const before = process.memoryUsage.rss();
    await new Stranger().send(Buffer.concat([CONNECT, bomb])).closed;
    expect(process.memoryUsage.rss() - before).toBeLessThan(150e6);
    await unharmed("ERR_COMPRESSED");
  });

  it.each([
    [
      "an unknown object",
      invoke("read", [], "nothing"),
      "Pyro5.errors.DaemonError",
      "unknown object",
    ],
    [
      "an unknown member",
      invoke("nothing"),
      "builtins.AttributeError",
      "unexposed or unknown remote attribute 'nothing'",
    ],
    [
      "an unexposed member",
      invoke("secret"),
      "builtins.AttributeError",
      "unexposed or unknown remote attribute 'secret'",
    ],
    ["a private name", invoke("_x"), "builtins.AttributeError", "private attribute '_x'"],
    [
      "a dunder name",
      invoke("__class__"),
      "builtins.AttributeError",
      "private attribute '__class__'",
    ],
    ["a dotted name", invoke("read.constructor"), "builtins.AttributeError", "'read.constructor'"],
    ["the constructor", invoke("constructor"), "builtins.AttributeError", "'constructor'"],
    [
      "the prototype",
      invoke("__getattr__", ["__proto__"]),
      "builtins.AttributeError",
      "'__proto__'",
    ],
    [
      "a payload that is no literal",
      message(MessageType.Invoke, (out) => out.utf8("# serpent\nimport os")),
      "Pyro5.errors.SerializeError",
      "serpent",
    ],
    [
      "a payload that is no call",
      message(MessageType.Invoke, inSerpent([1, 2])),
      "Pyro5.errors.ProtocolError",
      "no call",
    ],
    [
      "nesting without end",
      message(MessageType.Invoke, (out) => out.utf8("[".repeat(100_000))),
      "Pyro5.errors.SerializeError",
      "more than 200 open brackets",
    ],
  ])("%s is answered with an error, and the connection stays", async (_, bytes, type, text) => {
    const stranger = new Stranger().send(
      Buffer.concat([CONNECT, bytes, invoke("read", [3], "meter", { seq: 7 })]),
    );
    const [, refusal, next] = (await stranger.answers(3)) as [
      PyroMessage,
      PyroMessage,
      PyroMessage,
    ];
    expect(refusal.flags & Flag.Exception).toBe(Flag.Exception);
    expect(answer(refusal)["__class__"]).toBe(type);
    expect(String((answer(refusal)["args"] as unknown[])[0])).toContain(text);
    expect(next.seq).toBe(7);
    expect(answer(next)).toBe(3.5);
    stranger.socket.destroy();
    expect(await bystander.read(2)).toBe(2.5);
  });

  it("a reader that stops reading is no longer served, and takes no memory without end", async () => {
    const stranger = new Stranger();
    stranger.socket.pause();
    const call = invoke("big", [1_000_000]);
    stranger.send(CONNECT);
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 500; i++) stranger.send(call);
    await new Promise((resolve) => setTimeout(resolve, 500));
    // 500 answers of 1 MB would be 500 MB.
    expect(process.memoryUsage.rss() - before).toBeLessThan(150e6);
    expect(await bystander.read(2)).toBe(2.5);
    stranger.socket.destroy();
  });

  it("a reader that stopped reading is served again when it goes on, however little may wait for it", async () => {
    await daemon.close();
    await start({ maxPendingBytes: 1 });
    const stranger = new Stranger().send(CONNECT);
    await stranger.answers(1);
    stranger.socket.pause();
    const before = daemon.counters.calls;
    // One by one, so that little more than may wait does when its requests are left unread.
    let sent = 0;
    do {
      stranger.send(invoke("big", [30_000]));
      sent += 1;
    } while (await servedSoon(before + sent));
    stranger.socket.resume();
    await expect.poll(() => daemon.counters.calls).toBe(before + sent);
    expect(await stranger.answers(1 + sent)).toHaveLength(1 + sent);
    stranger.socket.destroy();
  });
});

/** Whether so many calls are served before long: not, when the daemon has stopped reading. */
async function servedSoon(calls: number): Promise<boolean> {
  const deadline = performance.now() + 300;
  while (daemon.counters.calls < calls) {
    if (performance.now() > deadline) return false;
    await new Promise(setImmediate);
  }
  return true;
}
