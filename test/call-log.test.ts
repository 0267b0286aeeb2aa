import { describe, expect, it } from "vitest";
import {
  callFields,
  connect,
  Daemon,
  kwargs,
  type Logger,
  withCallFields,
  withOptions,
} from "../src/index.ts";
import { checkLeaks } from "./support/leaks.ts";
import { describeWithPython, runPython } from "./support/python.ts";

type Line = Record<string, unknown>;

/** Keeps the lines that it gets. */
class Notes implements Logger {
  readonly lines: Line[] = [];
  debug = this.#at("debug");
  info = this.#at("info");
  warn = this.#at("warn");
  error = this.#at("error");

  #at(level: string) {
    return (fields: object, message: string) => this.lines.push({ level, message, ...fields });
  }
}

class Bench {
  readonly #logger: Logger;
  constructor(logger: Logger) {
    this.#logger = withCallFields(logger);
  }
  async note(text: string) {
    await Promise.resolve();
    this.#logger.info({}, text);
    return callFields().correlationId;
  }
  fail() {
    throw new RangeError("too hot");
  }
}

async function serve(notes: Notes, options: { logCalls?: boolean } = {}) {
  const daemon = new Daemon({ logger: notes, ...options });
  daemon.register("bench", new Bench(notes), { expose: /^(note|fail)$/ });
  await daemon.listen("pyro://localhost:0");
  return daemon;
}

const UUID = "1b4e28ba-2fa1-41d2-883f-0016d3cca427";

describe("log lines of a call", () => {
  checkLeaks();

  it("say which call it is, also after an await", async () => {
    const notes = new Notes();
    await using daemon = await serve(notes);
    await using bench = await connect<Bench>(daemon.uriFor("bench"));
    const correlated = withOptions(bench, { correlationId: UUID });
    expect(await correlated.note("measured")).toBe(UUID);
    expect(notes.lines).toContainEqual({
      level: "info",
      message: "measured",
      caller: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      object: "bench",
      member: "note",
      correlationId: UUID,
    });
    expect(callFields()).toEqual({});
  });

  it("are one for each call where that is asked for, with how it went", async () => {
    const notes = new Notes();
    await using daemon = await serve(notes, { logCalls: true });
    await using bench = await connect<Bench>(daemon.uriFor("bench"));
    await bench.note("measured", kwargs({}));
    await expect(bench.fail()).rejects.toThrow("too hot");
    expect(notes.lines.filter(({ kind }) => kind === "call")).toEqual([
      expect.objectContaining({
        level: "debug",
        message: "call bench.note",
        ms: expect.any(Number),
      }),
      expect.objectContaining({ message: "call bench.fail", error: "RangeError: too hot" }),
    ]);
  });

  it("tell of a one-way call that failed, which its caller is not told", async () => {
    const notes = new Notes();
    await using daemon = await serve(notes);
    await using bench = await connect<Bench>(daemon.uriFor("bench"));
    await withOptions(bench, { oneway: true, correlationId: UUID }).fail();
    await bench.note("after it");
    expect(notes.lines).toContainEqual(
      expect.objectContaining({
        level: "warn",
        object: "bench",
        member: "fail",
        correlationId: UUID,
        error: "too hot",
      }),
    );
  });
});

describeWithPython("one line a connection", () => {
  it("says who called for what, how often, and why it ended", async () => {
    const notes = new Notes();
    await using daemon = await serve(notes);
    const script = `
      import sys
      import Pyro4
      import Pyro5.api

      for library in Pyro5.api, Pyro4:
          with library.Proxy(sys.argv[1]) as bench:
              bench.note("one")
              bench.note("two")
    `;
    await runPython(script, [daemon.uriFor("bench")]);
    await daemon.close();
    expect(
      notes.lines.filter(({ message }) => `${message}`.startsWith("connection closed")),
    ).toEqual(
      ["pyro5", "pyro4"].map((dialect) =>
        expect.objectContaining({
          level: "info",
          dialect,
          object: "bench",
          calls: 2,
          code: "ERR_CLOSED_BY_PEER",
          peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
          bytesIn: expect.any(Number),
          bytesOut: expect.any(Number),
          seconds: expect.any(Number),
        }),
      ),
    );
  });
});
