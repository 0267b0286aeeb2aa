import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Router } from "zeromq";
import { connect, Daemon, SILENT } from "../../src/index.ts";
import { isWord, QUIT } from "../../src/proximity/broker.ts";
import { checkLeaks } from "../support/leaks.ts";

checkLeaks();

let socket: Router;
let place: string;
beforeEach(async () => {
  socket = new Router({ linger: 0, sendHighWaterMark: 0 });
  await socket.bind("tcp://127.0.0.1:*");
  place = (socket.lastEndpoint as string).slice("tcp://".length);
});
afterEach(() => socket.close());

/** Frames that a broker would not send, or not then: words of its own among them. Not QUIT, which is obeyed. */
const word = fc.integer({ min: 0, max: 15 }).map((code) => Buffer.of(code));
const frame = fc.oneof(word, fc.uint8Array({ maxLength: 20 }).map(Buffer.from));
const isQuit = (frames: Buffer[]) => frames.length === 1 && isWord(frames[0], QUIT);
const messages = fc
  .array(frame, { minLength: 1, maxLength: 6 })
  .filter((frames) => !isQuit(frames));

it("a worker survives whatever its broker sends, and goes on", async () => {
  await using daemon = new Daemon({ logger: SILENT });
  daemon.register("maths", { add: (x: number, y: number) => x + y }, { expose: /./ });
  const joining = daemon.join(`proximity+broker://${place}/W`);
  const [identity] = await socket.receive();
  await socket.send([identity as Buffer, Buffer.of(2)]);
  await joining;
  const request = JSON.stringify({ name: "maths", proc: "add", args: [40, 2], kwargs: {} });
  await fc.assert(
    fc.asyncProperty(fc.array(messages, { maxLength: 20 }), async (sent) => {
      for (const frames of sent) await socket.send([identity as Buffer, ...frames]);
      await socket.send([identity as Buffer, "caller", "W", request]);
      for (;;) {
        const [, caller, , , answer] = await socket.receive();
        // Others are answers to what looked like requests.
        if (String(caller) !== "caller") continue;
        expect(JSON.parse(String(answer))).toMatchObject({ return: 42 });
        break;
      }
    }),
    { numRuns: 200 },
  );
});

it("a client survives whatever its broker answers, and goes on", async () => {
  let noise: Buffer[][] = [];
  const serving = (async () => {
    for await (const [routing, worker, payload] of socket) {
      const request = JSON.parse(String(payload));
      const answer =
        request.proc === "list_methods"
          ? request.name === "maths"
            ? [["add", "usage: add(x, y)\n"]]
            : ["Interface error", "''"]
          : { ...request, return: 42 };
      const sent = [[Buffer.of(3)], ...noise, [worker, Buffer.of(5), JSON.stringify(answer)]];
      for (const frames of sent) {
        if (!socket.closed) await socket.send([routing, ...frames] as Buffer[]);
      }
    }
  })();
  const maths = await connect<{ add(x: number, y: number): number }>(
    `proximity+broker://${place}/W/maths`,
  );
  // What ends with "no such worker", or is shaped as an answer, is taken at its word.
  const isNoise = (frames: Buffer[]) =>
    !(
      frames.at(-1)?.equals(Buffer.of(4)) ||
      (frames.length === 3 && frames[1]?.equals(Buffer.of(5)))
    );
  await fc.assert(
    fc.asyncProperty(fc.array(messages.filter(isNoise), { maxLength: 20 }), async (sent) => {
      noise = sent;
      expect(await maths.add(40, 2)).toBe(42);
    }),
    { numRuns: 200 },
  );
  await maths[Symbol.asyncDispose]();
  socket.close();
  await serving;
});
