import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  ClassRegistry,
  connect,
  Daemon,
  expose,
  kwargs,
  type Remote,
  RemoteError,
  RemoteValueError,
} from "../../src/index.ts";
import type { SerializerName } from "../../src/serializers/index.ts";
import { evaluated, expressionOf } from "../support/notation.ts";
import { describeWithPython, type PythonPeer, runPython, spawnPython } from "../support/python.ts";

const DAEMON = new URL("peers/values_daemon.py", import.meta.url);
const CLIENT = new URL("peers/classes_client.py", import.meta.url);
const SERIALIZERS: readonly SerializerName[] = ["serpent", "json", "marshal", "msgpack"];

class Point {
  readonly x: number;
  readonly y: number;
  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
}
class LabeledPoint extends Point {
  readonly label: string;
  constructor(x: number, y: number, label: string) {
    super(x, y);
    this.label = label;
  }
}
class Box {
  readonly contents: readonly unknown[];
  constructor(contents: readonly unknown[]) {
    this.contents = contents;
  }
}
/** Registered on both sides, so that neither sees a stand-in. */
class Interlock extends Error {
  readonly door: string;
  constructor(door: string) {
    super(`the ${door} door is open`);
    this.door = door;
  }
}
/** Known only here. */
class OverTemperature extends Error {
  readonly celsius: number;
  readonly probe = () => 1;
  constructor(message: string, celsius: number) {
    super(message);
    this.celsius = celsius;
  }
}
/** Registered here, and nowhere in Python. */
class Lamp {
  readonly on = true;
}

const classes = new ClassRegistry();
classes.register(Point, {
  name: "lab.Point",
  toWire: ({ x, y }) => ({ x, y }),
  fromWire: ({ x, y }) => new Point(x as number, y as number),
});
classes.register(Box, { name: "lab.Box" });
classes.register(Lamp, { name: "lab.Lamp" });
classes.register(Interlock, {
  name: "lab.InterlockError",
  toWire: ({ door }) => ({ door }),
  fromWire: ({ door }) => new Interlock(door as string),
});
const names = { Point, LabeledPoint, Box, Interlock, OverTemperature, Lamp };

/** What peers/values_daemon.py serves. */
interface PythonValues {
  make(expression: string): unknown;
  seen(value: unknown): string;
  echo(value: unknown): unknown;
  fail(expression: string): void;
}

class Values {
  make(expression: string) {
    return evaluated(expression, names);
  }
  seen(value: unknown) {
    return expressionOf(value);
  }
  echo(value: unknown) {
    return value;
  }
  fail(expression: string) {
    throw evaluated(expression, names);
  }
}
expose(Values, { make: true, seen: true, echo: true, fail: true });

const failed = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (e) => e,
  );

describeWithPython.each([[5], [4]] as const)("custom classes and Pyro%i", (generation) => {
  describe.each(SERIALIZERS)("in %s, called by us", (serializer) => {
    /** Python's marshal converts no instance inside of something else. */
    const nests = serializer !== "marshal";
    let peer: PythonPeer;
    let python: Remote<PythonValues>;

    beforeAll(async () => {
      peer = await spawnPython(DAEMON, [`${generation}`], { ready: /READY/ });
      const options = { serializer, classes, timeout: 10_000 };
      python = await connect<PythonValues>(peer.lines[0] as string, options);
    });
    afterAll(() => peer[Symbol.asyncDispose]());

    it("Python's instance arrives as ours", async () => {
      expect(await python.make("Point(1, 2)")).toEqual(new Point(1, 2));
      expect(await python.make("Point(1, 2)")).toBeInstanceOf(Point);
    });

    it("our instance arrives as Python's, positional and by keyword", async () => {
      expect(await python.seen(new Point(1, 2))).toBe("Point(1, 2)");
      expect(await python.seen(kwargs({ value: new Point(1, 2) }))).toBe("Point(1, 2)");
      expect(await python.echo(new Point(1, 2))).toEqual(new Point(1, 2));
    });

    it("our instances arrive as Python's wherever they are", async () => {
      expect(await python.seen([new Point(1, 2), [new Point(3, 4)]])).toBe(
        "[Point(1, 2), [Point(3, 4)]]",
      );
      expect(await python.seen({ at: new Point(1, 2) })).toBe("{'at': Point(1, 2)}");
      expect(await python.seen(new Map([["at", new Point(1, 2)]]))).toBe("{'at': Point(1, 2)}");
      expect(await python.seen(new Box([new Point(1, 2)]))).toBe("Box([Point(1, 2)])");
    });

    it("Python's instances arrive as ours wherever they are, if Python sends them", async () => {
      if (!nests) {
        await expect(python.make("[Point(1, 2)]")).rejects.toThrow("unmarshallable object");
        return;
      }
      expect(await python.make("[Point(1, 2), {'at': (Point(3, 4),)}]")).toMatchObject([
        new Point(1, 2),
        { at: [new Point(3, 4)] },
      ]);
      const box = await python.make("Box([Point(1, 2)])");
      expect(box).toBeInstanceOf(Box);
      expect(box).toEqual(new Box([new Point(1, 2)]));
    });

    it("an instance of a subclass travels as its registered base", async () => {
      expect(await python.seen(new LabeledPoint(1, 2, "a"))).toBe("Point(1, 2)");
      expect(await python.make("LabeledPoint(1, 2, 'a')")).toEqual(new Point(1, 2));
    });

    it("an unknown class arrives as a record that keeps its name, and goes back as it came", async () => {
      const slotted = await python.make("Slotted(1)");
      expect(slotted).toEqual({ __class__: "lab.Slotted", x: 1 });
      await using strangers = await connect<PythonValues>(peer.lines[0] as string, {
        serializer,
        classes: new ClassRegistry(),
      });
      const point = await strangers.make("Point(1, 2)");
      expect(point).toEqual({ __class__: "lab.Point", x: 1, y: 2 });
      expect(await strangers.seen(point)).toBe("Point(1, 2)");
    });

    it("a class that Python does not know is refused there, by name", async () => {
      await expect(python.seen(new Lamp())).rejects.toMatchObject({
        code: "ERR_SERIALIZE",
        message: "unsupported serialized class: lab.Lamp",
      });
      expect(await python.echo(1)).toBe(1);
    });

    it("an exception that only Python knows keeps type, arguments, attributes and traceback", async () => {
      const error = await failed(python.fail("InstrumentError('no', 3)"));
      expect(error).toBeInstanceOf(RemoteError);
      const { type, message, remote, stack } = error as RemoteError;
      expect(type).toBe("lab.InstrumentError");
      expect(message).toBe("lab.InstrumentError: (no, 3)");
      expect(remote).toMatchObject({ args: ["no", 3], attributes: { channel: 3 } });
      expect(remote.traceback).toContain("values_daemon.py");
      expect(remote.traceback).toContain("InstrumentError");
      expect(stack).toContain("+--- remote traceback");
    });

    it("an exception class that is registered is thrown as ours", async () => {
      const error = await failed(python.fail("InterlockError('front')"));
      expect(error).toBeInstanceOf(Interlock);
      expect(error).toMatchObject({ door: "front", message: "the front door is open" });
    });

    it("instances among the arguments of an exception arrive as ours, if Python sends them", async () => {
      const error = await failed(python.fail("ValueError('off', Point(1, 2))"));
      if (!nests) {
        expect(error).toMatchObject({
          code: "ERR_PYRO",
          message: expect.stringMatching(/Error serializing exception: unmarshallable object.*off/),
        });
        return;
      }
      expect(error).toBeInstanceOf(RemoteValueError);
      expect((error as RemoteError).remote.args).toEqual(["off", new Point(1, 2)]);
    });
  });

  describe.each(SERIALIZERS)("in %s, called by Python", (serializer) => {
    const nests = serializer !== "marshal";
    const daemon = new Daemon({ classes });
    let results: Record<string, unknown>;

    beforeAll(async () => {
      daemon.register("values", new Values());
      await daemon.listen("pyro://127.0.0.1:0");
      const args = [`${generation}`, serializer, daemon.uriFor("values")];
      results = JSON.parse(await runPython(CLIENT, args));
    });
    afterAll(() => daemon.close());

    const unmarshallable = ["ValueError('unmarshallable object')", "{}"];
    const unsupported = (name: string) => [
      `SerializeError('unsupported serialized class: ${name}')`,
      "{}",
    ];
    const rows: [string, unknown][] = [
      ["instance, seen", "'Point { x: 1, y: 2 }'"],
      ["instance, echoed", "Point(1, 2)"],
      ["keyword argument, echoed", "Point(1, 2)"],
      ["in a list, echoed", nests ? "[Point(1, 2), Point(3, 4)]" : unmarshallable],
      ["in a dict, echoed", nests ? "{'at': Point(1, 2)}" : unmarshallable],
      ["in an instance, echoed", nests ? "Box([Point(1, 2)])" : unmarshallable],
      ["instance of a subclass, seen", "'Point { x: 1, y: 2 }'"],
      ["unknown class, seen", `'{ x: 1, __class__: "lab.Slotted" }'`],
      ["made in TypeScript", "Point(1, 2)"],
      ["made in a list", "[Point(1, 2)]"],
      ["made in a Map", "{'at': Point(1, 2)}"],
      ["made in an instance", "Box([Point(1, 2)])"],
      ["made of a subclass", "Point(1, 2)"],
      ["unknown class, made", unsupported("lab.Lamp")],
      ["RemoteError", ["KeyError('no such channel', 3)", "{}"]],
      ["RemoteError of a class of Pyro", ["NamingError('no such name')", "{}"]],
      [
        "RemoteError with an instance",
        // What a class dict holds is converted in msgpack only.
        serializer === "msgpack"
          ? ["ValueError('off', Point(1, 2))", "{}"]
          : ["ValueError('off', {'x': 1, 'y': 2, '__class__': 'lab.Point'})", "{}"],
      ],
      // What is no plain data stays behind.
      ["own error class", ["RuntimeError('too hot')", "{'celsius': 99}"]],
      ["registered error class", ["InterlockError('the front door is open')", "{'door': 'front'}"]],
      ["error class that Python lacks", unsupported("lab.Unheard")],
      ["afterwards", "1"],
    ];

    it.each(rows)("%s", (name, expected) => {
      expect(results[name]).toEqual(expected);
    });

    it("unsendable result", () => {
      expect(results["unsendable result"]).toEqual([
        expect.stringContaining("result.samples[3]: a function cannot be sent"),
        "{}",
      ]);
      expect(results["unsendable result"]).toEqual([
        expect.stringMatching(/^SerializeError/),
        "{}",
      ]);
    });

    it("errors carry the JavaScript stack as Python's traceback", () => {
      expect(results["own error class, traceback"]).toContain("Error: too hot");
      expect(results["own error class, traceback"]).toContain("custom-classes.test.ts");
    });

    it("covers each check that the client makes", () => {
      const checked = Object.keys(results).filter((name) => !name.endsWith(", traceback"));
      expect(checked.sort()).toEqual([...rows.map(([name]) => name), "unsendable result"].sort());
    });
  });
});
