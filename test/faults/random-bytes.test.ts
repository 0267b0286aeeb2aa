import { once } from "node:events";
import net from "node:net";
import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../src/bytes/writer.ts";
import { connect } from "../../src/index.ts";
import { encodeMessage } from "../../src/pyro/encoder.ts";
import { MessageType } from "../../src/pyro/header.ts";
import { type SerializerName, serializerNamed } from "../../src/serializers/index.ts";
import { PLAIN_HOOKS } from "../../src/serializers/plain-hooks.ts";
import { tuple } from "../../src/values/types.ts";
import { checkLeaks } from "../support/leaks.ts";
import { type Lab, openLab } from "./lab.ts";

checkLeaks();

/** Bytes for each codec. */
const BYTES = 10_000_000;

/** Random, and the same each time: what fails can be made to fail again. */
class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  next(below: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * below);
  }
  bytes(count: number): Uint8Array {
    const words = new Uint32Array(Math.ceil(count / 4));
    for (let i = 0; i < words.length; i++) words[i] = this.next(2 ** 32);
    return new Uint8Array(words.buffer, 0, count);
  }
}

/** A number of Pyro5's protocol, and what it stands for. */
type Codec = readonly [serializerId: number, name: SerializerName];
const CODECS: readonly Codec[] = [
  [1, "serpent"],
  [2, "marshal"],
  [3, "json"],
  [4, "msgpack"],
];

/** A call with one of everything. */
const CALL = tuple<unknown>("lab", "add", tuple<unknown>(1.5, ["text", null, true, -70_000]), {
  b: { 1: "x", deep: [[[[]]]] },
});

function frame(type: MessageType, serializerId: number, payload: Uint8Array): Uint8Array {
  const out = new ByteWriter();
  const head = { generation: 5, type, flags: 0, seq: 1, serializerId } as const;
  encodeMessage(out, head, (to) => to.bytes(payload), { maxMessageBytes: 2 ** 31 });
  return out.take();
}

function encoded(value: unknown, name: SerializerName): Uint8Array {
  const out = new ByteWriter();
  serializerNamed(name).encode(value, out, PLAIN_HOOKS);
  return out.take();
}

/** `bytes` with a few of them replaced. */
function mutated(bytes: Uint8Array, dice: Dice): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let i = dice.next(4); i >= 0; i--) copy[dice.next(copy.length)] = dice.next(256);
  return copy.subarray(0, dice.next(5) === 0 ? dice.next(copy.length) : copy.length);
}

/** Sends everything, reads whatever comes back, and returns when the daemon has closed the connection. */
async function say(port: number, bytes: Uint8Array): Promise<number> {
  const socket = net.connect(port, "127.0.0.1");
  let answered = 0;
  socket.on("data", (chunk) => {
    answered += chunk.byteLength;
  });
  socket.on("error", () => {}); // what it had to say was more than the daemon wanted to hear
  socket.end(bytes);
  await once(socket, "close");
  return answered;
}

describe("ten million random bytes through the listener", { timeout: 60_000 }, () => {
  it.each(CODECS)("as the payloads of calls in serializer %i, %s", async (id, name) => {
    await using served = await openLab();
    await using bystander = await connect<Lab>(served.uri);
    const dice = new Dice(id);
    const hello = encoded({ handshake: "hello", object: "lab" }, name);
    const call = encoded(CALL, name);
    let sent = 0;
    while (sent < BYTES) {
      const frames = [frame(MessageType.Connect, id, hello)];
      // Many short ones find the codec's corners, a few long ones its appetite, and what is nearly right its depths.
      for (let size = 0; size < 500_000; ) {
        const length = dice.next(dice.next(50) === 0 ? 100_000 : 300);
        const payload = dice.next(3) === 0 ? mutated(call, dice) : dice.bytes(length);
        frames.push(frame(MessageType.Invoke, id, payload));
        size += payload.byteLength;
      }
      const bytes = Buffer.concat(frames);
      expect(await say(served.port, bytes)).toBeGreaterThan(40);
      sent += bytes.byteLength;
    }
    expect(await bystander.add(20, 22)).toBe(42);
  });

  it.each([
    ["a header of Pyro5", Buffer.from("PYRO\x01\xf6", "latin1")],
    ["a header of Pyro4", Buffer.from("PYRO\x00\x30", "latin1")],
    ["nothing", Buffer.alloc(0)],
  ])("that begin with %s", async (_, start) => {
    await using served = await openLab();
    await using bystander = await connect<Lab>(served.uri);
    const dice = new Dice(start.length);
    for (let sent = 0; sent < BYTES; ) {
      const bytes = Buffer.concat([start, dice.bytes(50_000 + dice.next(200_000))]);
      await say(served.port, bytes);
      sent += bytes.byteLength;
    }
    expect(await bystander.add(20, 22)).toBe(42);
  });
});
