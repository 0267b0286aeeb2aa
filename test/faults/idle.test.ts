import { once } from "node:events";
import net from "node:net";
import { expect, it } from "vitest";
import { ByteWriter } from "../../src/bytes/writer.ts";
import { connect } from "../../src/index.ts";
import { encodeMessage } from "../../src/pyro/encoder.ts";
import { MessageType } from "../../src/pyro/header.ts";
import { serpent } from "../../src/serializers/index.ts";
import { PLAIN_HOOKS } from "../../src/serializers/plain-hooks.ts";
import { checkLeaks } from "../support/leaks.ts";
import { type Lab, startLab } from "./lab.ts";

checkLeaks();

const IDLE = 10_000;

it("10,000 idle connections stay open, and calls go on beside them", async () => {
  await using daemon = await startLab();
  const out = new ByteWriter();
  const head = {
    generation: 5,
    type: MessageType.Connect,
    flags: 0,
    seq: 0,
    serializerId: 1,
  } as const;
  encodeMessage(
    out,
    head,
    (to) => serpent.encode({ handshake: "hello", object: "lab" }, to, PLAIN_HOOKS),
    { maxMessageBytes: 1e6 },
  );
  const hello = out.take();
  const sockets: net.Socket[] = [];
  let lost = 0;
  try {
    const open = async () => {
      const socket = net.connect(daemon.port, "127.0.0.1");
      sockets.push(socket);
      // EMFILE: this test needs a limit of open files above 10,500, here and in the daemon's process (`ulimit -n`).
      await once(socket, "connect");
      socket.on("close", () => lost++);
      socket.write(hello);
      await once(socket, "data");
    };
    for (let i = 0; i < IDLE; i += 200) await Promise.all(Array.from({ length: 200 }, open));
    await using lab = await connect<Lab>(daemon.uri);
    const sums = await Promise.all(Array.from({ length: 1000 }, (_, i) => lab.add(i, 1)));
    expect(sums.at(-1)).toBe(1000);
    expect(lost).toBe(0);
    // None of them is only half there: each can still be spoken to.
    const ping = new ByteWriter();
    encodeMessage(ping, { ...head, type: MessageType.Ping }, () => {}, { maxMessageBytes: 1e6 });
    const asked = ping.take();
    for (let i = 0; i < IDLE; i += 500) {
      const batch = sockets.slice(i, i + 500);
      const answers = batch.map((socket) => once(socket, "data"));
      for (const socket of batch) socket.write(asked);
      await Promise.all(answers);
    }
    expect(sockets).toHaveLength(IDLE);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}, 120_000);
