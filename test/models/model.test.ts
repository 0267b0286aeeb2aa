import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest";
import { connect, Daemon, describe as descriptionOf, kwargs, NdArray } from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { everyone, type ModelEvent, model, unchanged } from "../../src/models/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { exampleModel, keepingLogger } from "./example.ts";

checkLeaks();

const quiet = { policy: everyone, logger: SILENT };

describe("the state", () => {
  it("is a copy of what was given, and frozen", () => {
    const given = { name: "xxx", list: [1] };
    const { state } = model({ state: given, logger: SILENT });
    given.list.push(2);
    expect(state).toEqual({ name: "xxx", list: [1] });
    expect(() => state.list.push(3)).toThrow(TypeError);
    expect(() => Object.assign(state, { name: "yyy" })).toThrow(TypeError);
  });

  it("is what the methods have as `this`", async () => {
    const counter = model({
      ...quiet,
      state: { count: 0 },
      read: {
        double() {
          return 2 * this.count;
        },
      },
      change: {
        add(by: number) {
          this.count += by;
          return this.count;
        },
      },
    });
    expectTypeOf(counter.add).toEqualTypeOf<(by: number) => Promise<number>>();
    expectTypeOf(counter.query).toEqualTypeOf<() => { count: number }>();
    expect(await counter.add(2)).toBe(2);
    expect(counter.double()).toBe(4);
    expect(counter.query()).toEqual({ count: 2 });
    expect(counter.version).toBe(1);
  });

  it("keeps what is no record as it is: arrays of numbers, dates", async () => {
    const trace = new NdArray(new Float64Array([1, 2]));
    const scope = model({ ...quiet, state: { trace, at: new Date(0), tags: new Set(["a"]) } });
    await scope.update((draft) => void draft.tags.add("b"));
    expect(scope.state.trace).toBe(trace);
    expect(scope.state).toMatchObject({ at: new Date(0), tags: new Set(["a", "b"]) });
  });

  it("refuses a method that has the name of something that models have", () => {
    const taken = () => model({ state: {}, read: { watch() {} } });
    expect(taken).toThrow(expect.objectContaining({ code: "ERR_BAD_MODEL" }));
  });
});

describe("a change", () => {
  it("changes all or nothing", async () => {
    const stage = model({
      ...quiet,
      state: { position: 0, moves: [] as number[] },
      change: {
        async moveTo(position: number) {
          this.moves.push(position);
          this.position = position;
          await Promise.resolve();
          if (position > 100) throw new RangeError("too far");
        },
      },
    });
    await stage.moveTo(7);
    await expect(stage.moveTo(101)).rejects.toThrow("too far");
    expect(stage.state).toEqual({ position: 7, moves: [7] });
    expect(stage.version).toBe(1);
  });

  it("runs alone, in the order of arrival, while readers see what is committed", async () => {
    const gate = Promise.withResolvers<void>();
    const log = model({
      ...quiet,
      state: { done: [] as string[] },
      change: {
        async add(what: string, wait?: Promise<void>) {
          this.done.push(what);
          await wait;
        },
      },
    });
    const all = [log.add("a", gate.promise), log.add("b"), log.add("c")];
    await Promise.resolve();
    expect(log.query()).toEqual({ done: [] });
    gate.resolve();
    await Promise.all(all);
    expect(log.state.done).toEqual(["a", "b", "c"]);
    expect(log.version).toBe(3);
  });

  it("refuses another one inside it, which would wait for it for ever", async () => {
    const m = model({
      ...quiet,
      state: { n: 0 },
      change: {
        async twice(): Promise<void> {
          await m.update((draft) => {
            draft.n += 1;
          });
        },
      },
    });
    await expect(m.twice()).rejects.toMatchObject({ code: "ERR_CHANGE_IN_CHANGE" });
  });

  it("may begin another one for when it is done", async () => {
    const m = model({
      ...quiet,
      state: { n: 0 },
      change: {
        start() {
          this.n = 1;
          setTimeout(() => void m.update((draft) => Object.assign(draft, { n: 2 })), 1);
        },
      },
    });
    await m.start();
    await expect.poll(() => m.state.n).toBe(2);
  });

  it("that finds nothing to do makes no version and is not recorded", async () => {
    const m = model({ ...quiet, state: {}, change: { nothing: () => unchanged } });
    expect(await m.nothing()).toBeUndefined();
    expect([m.version, m.history()]).toEqual([0, []]);
  });

  it("of the model's own program needs no leave, and is recorded as its own", async () => {
    const m = model({ logger: SILENT, state: { celsius: 20 } });
    await m.update((draft) => {
      draft.celsius = 21;
    }, "sensor");
    expect(m.history()).toEqual([
      {
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        event: "changed",
        version: 1,
        who: { identity: "model", proved: true, role: undefined, dialect: "local", address: "" },
        operation: "sensor",
        args: [],
        result: null,
      },
    ]);
  });

  it("is refused once the model is closed, also one that waits for its turn", async () => {
    const m = exampleModel(quiet);
    const gate = Promise.withResolvers<void>();
    const running = m.update(() => gate.promise);
    const waiting = m.doModify({ value: 1 });
    waiting.catch(() => {});
    await m.close();
    await m.close();
    gate.resolve();
    await running;
    await expect(waiting).rejects.toMatchObject({ code: "ERR_CLOSED" });
    await expect(m.doModify({ value: 1 })).rejects.toMatchObject({ code: "ERR_CLOSED" });
    expect(m.state.value).toBe(0);
    expect(() => m.addViewer("PYRO:viewer@localhost:1")).toThrow("The model is closed");
  });
});

describe("doModify", () => {
  it("sets what is declared, and refuses everything else by name", async () => {
    const m = exampleModel(quiet);
    await m.doModify({ name: "yyy", value: 1 });
    expect(m.query()).toEqual({ name: "yyy", value: 1 });
    for (const key of ["__class__", "__proto__", "constructor", "nope"]) {
      const values = JSON.parse(`{"value": 2, "${key}": 1}`);
      await expect(m.doModify(values)).rejects.toMatchObject({
        code: "ERR_NOT_CHANGEABLE",
        message: expect.stringContaining(`"${key}" cannot be changed; what can: name, value`),
      });
    }
    expect(m.query()).toEqual({ name: "yyy", value: 1 });
  });

  it.each([
    [{ value: "1" }, "value: expected a number, got a text"],
    [{ name: null }, "name: expected a text, got None"],
    [[1], "Expected a map of names and values, got a list"],
    [new Map([["value", 1]]), "Expected a map of names and values, got Map"],
    ["value", "Expected a map of names and values, got a text"],
  ])("refuses %j", async (values, reason) => {
    const m = exampleModel(quiet);
    await expect(m.doModify(values)).rejects.toThrow(reason);
    expect(m.version).toBe(0);
  });

  it("stores what a check returns", async () => {
    const m = model({
      ...quiet,
      state: { percent: 0 },
      changeable: {
        percent(value) {
          if (typeof value !== "number") throw new TypeError("percent: expected a number");
          return Math.min(Math.max(value, 0), 100);
        },
      },
    });
    await m.doModify({ percent: 120 });
    expect(m.state.percent).toBe(100);
    await expect(m.doModify({ percent: "x" })).rejects.toThrow("percent: expected a number");
  });
});

describe("events", () => {
  it("are told to listeners and to the log, each with its time and version", async () => {
    const logger = keepingLogger();
    const m = exampleModel({ policy: everyone, logger });
    const events: ModelEvent[] = [];
    const stop = m.onEvent((event) => events.push(event));
    await m.doModify({ value: 1 });
    await m.doModify({ nope: 1 }).catch(() => {});
    stop();
    await m.doModify({ value: 2 });
    expect(events.map(({ event, version }) => [event, version])).toEqual([
      ["changed", 1],
      ["change-failed", 1],
    ]);
    expect(logger.lines.map(({ level, message }) => [level, message])).toEqual([
      ["info", "changed"],
      ["warn", "change-failed"],
      ["info", "changed"],
    ]);
    expect(logger.lines[1]).toMatchObject({
      at: events[1]?.at,
      who: { identity: "model" },
      operation: "doModify",
      args: [{ nope: 1 }],
      error: expect.stringContaining('"nope" cannot be changed'),
    });
  });
});

describe("the record", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "record-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("is bounded in number, and in what it keeps of each", async () => {
    const m = model({
      ...quiet,
      maxRecords: 3,
      state: { text: "" },
      changeable: { text: true },
    });
    for (let i = 1; i <= 5; i++) await m.doModify({ text: "x".repeat(100_000) });
    const records = m.history();
    expect(records.map(({ version }) => version)).toEqual([3, 4, 5]);
    expect(JSON.stringify(records).length).toBeLessThan(2_000);
    expect(m.history(4).map(({ version }) => version)).toEqual([5]);
    expect(m.history(0, 2).map(({ version }) => version)).toEqual([4, 5]);
    expect(m.history(0, 0)).toEqual([]);
  });

  it("goes to a file, one line each", async () => {
    const file = join(folder, "record.jsonl");
    const m = exampleModel({ ...quiet, recordFile: file });
    await Promise.all([m.doModify({ value: 1 }), m.doModify({ value: 2 })]);
    await m.doModify({ value: "three" }).catch(() => {});
    await m.close();
    const lines = readFileSync(file, "utf8").trim().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(JSON.parse(JSON.stringify(m.history())));
    expect(lines).toHaveLength(3);
  });

  it("says so in the log when the file cannot be written, and goes on", async () => {
    const logger = keepingLogger();
    const m = exampleModel({
      policy: everyone,
      logger,
      recordFile: join(folder, "no/such/folder"),
    });
    await m.doModify({ value: 1 });
    await m.close();
    expect(logger.lines.at(-1)).toMatchObject({ level: "error", message: "record not written" });
  });
});

describe("a remote model", () => {
  it("describes its methods by their own parameters and texts", async () => {
    await using daemon = new Daemon();
    await daemon.listen("pyro://127.0.0.1:0");
    const stage = model({
      ...quiet,
      state: { position: 0 },
      doc: "A stage.",
      docs: { moveTo: "Moves to a place, in millimetres." },
      change: {
        moveTo(millimetres: number, speed = 1) {
          this.position = millimetres * speed;
        },
      },
    });
    await using remote = await connect<typeof stage>(daemon.register("stage", stage).uri);
    const description = descriptionOf(remote);
    expect(description.doc).toBe("A stage.");
    expect(description.members.get("moveTo")).toMatchObject({
      doc: "Moves to a place, in millimetres.",
      parameters: [{ name: "millimetres" }, { name: "speed", default: "1" }],
    });
    const names = [...description.members.keys()];
    expect(names).toEqual(expect.arrayContaining(["query", "watch", "addViewer", "addController"]));
    for (const hidden of ["update", "close", "onEvent", "doModify", "modify", "setModel"]) {
      expect(names).not.toContain(hidden);
    }
    await remote.moveTo(kwargs({ speed: 2, millimetres: 3 }));
    expect(await remote.state).toEqual({ position: 6 });
    expect(await remote.version).toBe(1);
  });
});
