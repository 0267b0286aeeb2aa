import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Router } from "zeromq";
import { Daemon, SILENT } from "../../src/index.ts";
import { PUBLICATIONS } from "../../src/proximity/broker.ts";
import { BrokerLink } from "../../src/proximity/broker-link.ts";
import { ProximityChannel } from "../../src/proximity/channel.ts";
import { decodePayload, type Encoding } from "../../src/proximity/payload.ts";
import { classes } from "../../src/values/classes.ts";
import { checkLeaks } from "../support/leaks.ts";
import { fromHex, toHex, type Vector, vectors } from "../support/vectors.ts";

checkLeaks();

const all = vectors("pyproximity").filter(({ name }) => /^pppm?p?\./.test(name));
const read = (bytes: Uint8Array, encoding: Encoding) => decodePayload(bytes, { encoding, classes });
const framesOf = (vector: Vector) => (vector["frames"] as string[]).map((frame) => fromHex(frame));

describe("what went through the broker", () => {
  const payloads = all.filter(({ frames }) => frames.length > 1);

  it.each(
    payloads
      .filter(({ side, decoded }) => side !== "control" && typeof decoded.at(-1) !== "string")
      .filter(({ decoded }) => !("code" in Object(decoded.at(-1))))
      .map((vector) => [vector.name, vector] as const),
  )("%s is read", (_, vector) => {
    const isBrokers = String(vector["decoded"][0]).startsWith("Broker:");
    const encoding = isBrokers ? "json" : (vector["encoding"] as Encoding);
    const value = read(framesOf(vector).at(-1) as Uint8Array, encoding);
    const decoded = vector["decoded"].at(-1);
    if (!/__(datetime|timedelta)__/.test(JSON.stringify(decoded))) expect(value).toEqual(decoded);
  });

  it("publications begin with the words that the original made of a slip", () => {
    const words = new Set(
      all
        .filter(({ side, from }) => side === "back" && from === "worker")
        .map(({ frames }) => frames[0] as string)
        .filter((frame) => frame.startsWith("007830")),
    );
    expect([...words].sort()).toEqual(Object.values(PUBLICATIONS).map(toHex).sort());
  });
});

/** What a client asked, what the worker got and answered, and what came back, by the broker. */
const calls = all
  .filter(({ name }) =>
    /\.(call|call-kwargs|call-nested|return-none|exception|unknown-\w+)\.1$/.test(name),
  )
  .flatMap((asked) => {
    const rest = all.filter(({ name }) => name.startsWith(asked.name.slice(0, -1)));
    const toWorker = rest.find(({ side, from }) => side === "back" && from === "broker");
    const answer = rest.find(
      ({ side, from, frames }) => side === "front" && from === "broker" && frames.length === 3,
    );
    if (!toWorker || !answer) return [];
    return [[asked.name.slice(0, -2), { asked, toWorker, answer }] as const];
  });

describe("with the frames of a real broker", () => {
  let socket: Router;
  beforeEach(async () => {
    socket = new Router({ linger: 0 });
    await socket.bind("tcp://127.0.0.1:*");
  });
  afterEach(() => socket.close());

  it("there are enough of them", () => expect(calls.length).toBeGreaterThan(8));

  it.each(calls)("our client asks and reads %s", async (name, { asked, answer }) => {
    const [worker, payload] = framesOf(asked) as [Uint8Array, Uint8Array];
    const { encoding } = asked as unknown as { encoding: Encoding };
    const request = read(payload, encoding) as {
      name: string;
      proc: string;
      args: unknown[];
      kwargs: Record<string, unknown>;
    };
    const endpoint = socket.lastEndpoint as string;
    const uri = `proximity+broker://${endpoint.slice("tcp://".length)}/${Buffer.from(worker)}/${request.name}`;
    const reach = BrokerLink.reach(endpoint, Buffer.from(worker).toString());
    const channel = new ProximityChannel(uri, { encoding }, reach);
    const isList = request.proc === "list_methods";
    const { proc: member, args, kwargs } = request;
    const result = isList
      ? channel.open()
      : channel.call({ member, kind: "call", args, kwargs, options: {} });
    result.catch(() => {});
    try {
      for (;;) {
        const [routing, ...frames] = await socket.receive();
        const got = read(frames.at(-1) as Uint8Array, encoding) as typeof request;
        expect(Buffer.from(frames[0] as Uint8Array)).toEqual(Buffer.from(worker));
        // It asks for the list as soon as it is connected.
        if (!isList && got.proc === "list_methods") continue;
        expect(got).toEqual(request);
        await socket.send([routing as Buffer, Buffer.of(3)]);
        await socket.send([routing, ...framesOf(answer)] as Buffer[]);
        break;
      }
      const decoded = answer["decoded"].at(-1);
      if (/exception|unknown/.test(name)) await expect(result).rejects.toThrow();
      else expect(await result).toEqual(decoded.return);
    } finally {
      await channel.close();
    }
  });

  it.each(calls)("our worker announces itself, and answers %s", async (_, conversation) => {
    const { toWorker, answer } = conversation;
    const encoding = toWorker["encoding"] as Encoding;
    await using daemon = new Daemon({ logger: SILENT });
    const maths = {
      add_two: (x: number, y: number) => x + y,
      nothing: () => {},
      div_two() {
        throw new RangeError("division by zero");
      },
    };
    daemon.register("maths", maths, { expose: /./ });
    daemon.register("animals.angry", { cat: () => "hiss" }, { expose: /./ });
    const place = (socket.lastEndpoint as string).slice("tcp://".length);
    const joining = daemon.join(`proximity+broker://${place}/PLAYER1`);
    const [identity, ready, host] = await socket.receive();
    expect([String(identity), toHex(ready as Buffer), host?.length]).toEqual([
      "PLAYER1",
      "01",
      expect.any(Number),
    ]);
    await socket.send([identity as Buffer, Buffer.of(2)]);
    await joining;
    await socket.send([identity, ...framesOf(toWorker)] as Buffer[]);
    const frames = (await socket.receive()).slice(1);
    const [caller, name] = framesOf(toWorker) as [Uint8Array, Uint8Array];
    expect(frames.slice(0, 3).map(toHex)).toEqual([toHex(caller), toHex(name), "05"]);
    const got = read(frames[3] as Buffer, encoding) as Record<string, unknown>;
    const expected = answer["decoded"].at(-1) as Record<string, unknown>;
    const { return: returned, ...echoed } = got;
    const { return: theirs, ...asked } = expected;
    if (Array.isArray(expected)) expect(got).toEqual(["Interface error", "'nobody'"]);
    else {
      expect(echoed).toEqual(asked);
      const isException = Array.isArray(theirs) && theirs[1] === "EXCEPTION";
      if (isException) expect((returned as unknown[]).slice(0, 2)).toEqual([false, "EXCEPTION"]);
      else expect(returned).toEqual(theirs);
    }
  });
});
