import { expect, it } from "vitest";
import { answerFrom, exceptionOf, keyError, wrapException } from "../../src/proximity/messages.ts";
import { exceptionFromWire } from "../../src/values/exceptions.ts";

const python = (name: string, ...args: unknown[]) =>
  exceptionFromWire({ __class__: `builtins.${name}`, __exception__: true, args }) as Error;
const request = { name: "maths", proc: "add", args: [], kwargs: {} };
const told = (value: unknown) => answerFrom(value, request, "add of proximity://lab:5555/maths");

it.each([
  [python("ValueError", "no such channel"), "ValueError", "no such channel"],
  [python("KeyError", "k"), "KeyError", "'k'"],
  [python("KeyError", "it's"), "KeyError", '"it\'s"'],
  [python("ZeroDivisionError", "by zero"), "ZeroDivisionError", "by zero"],
  [new RangeError("too hot"), "ValueError", "too hot"],
  [new TypeError("no number"), "TypeError", "no number"],
])("%s is told as Python tells its own", (error, name, text) => {
  expect(exceptionOf(error).slice(0, 2)).toEqual([name, text]);
});

it.each(["map", "list"] as const)(
  "an exception in a %s is read as the error that it was",
  (shape) => {
    const failed = ["ZeroDivisionError", "by zero", ["one\n", "two\n"]];
    expect(told(wrapException(failed, shape))).toMatchObject({
      kind: "error",
      error: { remote: { type: "builtins.ZeroDivisionError", traceback: "one\ntwo\n" } },
    });
  },
);

it.each([
  ["a method", keyError("add"), "ERR_UNKNOWN_MEMBER"],
  ["an interface", keyError("maths"), "ERR_UNKNOWN_OBJECT"],
  ["an interface, as JSON made it", ["KeyError", "u'maths'", ["x"]], "ERR_UNKNOWN_OBJECT"],
  // The method raised it, so there are lines of it.
  ["nothing of the kind", ["KeyError", "'add'", ["a", "b"]], "ERR_REMOTE"],
])("a KeyError is told apart: %s is missing", (_, exception, code) => {
  expect(told(wrapException(exception, "map"))).toMatchObject({ kind: "error", error: { code } });
});

it.each([[{ EXCEPTION: "text" }], [[false, "EXCEPTION"]], [{ EXCEPTION: ["a", "b"] }], [null]])(
  "%j is a result",
  (value) => {
    expect(told(value)).toEqual({ kind: "result", value });
  },
);
