import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Dealer, Request, Router } from "zeromq";
import { connect, Daemon, RemoteError, SILENT } from "../../src/index.ts";
import { encodePayload } from "../../src/proximity/payload.ts";
import { classes } from "../../src/values/classes.ts";
import { checkLeaks } from "../support/leaks.ts";
import { fromHex, vectors } from "../support/vectors.ts";

checkLeaks();

interface Maths {
  add_two(x: number, y: number): number;
}

const msgpack = (value: unknown) =>
  Buffer.from(encodePayload(value, { encoding: "msgpack", binary: false, classes }));
const ASKED = { name: "maths", proc: "add_two", args: [40, 2], kwargs: {} };

/** Frames as they were recorded, pieces of them, words of the protocol, and what is none of these. */
const recorded = vectors("pyproximity").flatMap(({ frames }) =>
  (frames as string[]).map((frame) => Buffer.from(fromHex(frame))),
);
const frame = fc.oneof(
  fc.constantFrom(...recorded),
  fc.tuple(fc.constantFrom(...recorded), fc.nat()).map(([bytes, at]) => bytes.subarray(0, at)),
  fc.constant(Buffer.alloc(0)),
  fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
);
const messages = fc.array(fc.array(frame, { minLength: 1, maxLength: 6 }), { maxLength: 20 });

it("a server answers those who ask as they should, whatever others send, and they themselves", async () => {
  await using daemon = new Daemon({ logger: SILENT });
  let called = 0;
  const maths = {
    add_two: (x: number, y: number) => x + y,
    get danger() {
      called += 1;
      return called;
    },
    _hidden: () => (called += 1),
  };
  daemon.register("maths", maths, { expose: /^add_/ });
  const { address } = await daemon.listen("proximity://127.0.0.1:0");
  const rude = new Dealer({ linger: 0, sendHighWaterMark: 0, receiveHighWaterMark: 0 });
  rude.connect(`tcp://${address}`);
  const polite = new Request({ linger: 0 });
  polite.connect(`tcp://${address}`);
  await fc.assert(
    fc.asyncProperty(messages, async (sent) => {
      for (const frames of sent) await rude.send(frames);
      await polite.send(msgpack(ASKED));
      expect((await polite.receive())[0]?.toString("hex")).toBe("2a");
      await rude.send(["mine", "", msgpack(ASKED)]);
      for (;;) {
        const [mark, delimiter, answer] = await rude.receive();
        if (String(mark) !== "mine" || delimiter?.length !== 0) continue;
        expect(answer?.toString("hex")).toBe("2a");
        break;
      }
    }),
    { numRuns: 300 },
  );
  expect(called).toBe(0);
  rude.close();
  polite.close();
});

let socket: Router;
let uri: string;
beforeEach(async () => {
  socket = new Router({ linger: 0, sendHighWaterMark: 0 });
  await socket.bind("tcp://127.0.0.1:*");
  uri = `${(socket.lastEndpoint as string).replace("tcp:", "proximity:")}/maths`;
});
afterEach(() => socket.close());

it("a client has a value or an error of each call, whatever its server answers, and goes on", async () => {
  let noise: Buffer[][] = [];
  let answer: Buffer = msgpack(42);
  const serving = (async () => {
    for await (const [routing, mark, delimiter, payload] of socket) {
      const isList = payload?.includes("list_methods");
      const listed = payload?.includes("maths")
        ? [["add_two", "usage: add_two(x, y)\n"]]
        : ["Interface error", "''"];
      const sent = isList ? [] : noise;
      for (const frames of sent) await socket.send([routing as Buffer, ...frames]);
      const said = isList ? msgpack(listed) : answer;
      if (!socket.closed) await socket.send([routing, mark, delimiter, said] as Buffer[]);
    }
  })();
  await using maths = await connect<Maths>(uri);
  const outcomes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(messages, frame, async (sent, said) => {
      // A mark that is the request's own makes an answer of it: these have 8 letters, and are not drawn.
      noise = sent;
      answer = said;
      const outcome = await maths.add_two(40, 2).then(
        () => "a value",
        (error: { code?: string }) => (error instanceof RemoteError ? "remote" : `${error.code}`),
      );
      outcomes.add(outcome);
      expect(outcome).toMatch(/^(a value|remote|ERR_\w+)$/);
      answer = msgpack(42);
      expect(await maths.add_two(40, 2)).toBe(42);
    }),
    {
      numRuns: 300,
      examples: [
        [[], msgpack("fine")],
        [[], Buffer.of(0xc1)],
        [[], msgpack({ EXCEPTION: ["ZeroDivisionError", "by zero", []] })],
      ],
    },
  );
  expect([...outcomes]).toEqual(expect.arrayContaining(["a value", "ERR_BAD_PAYLOAD", "remote"]));
  socket.close();
  await serving;
});
