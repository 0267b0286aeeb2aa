import { describe, expect, it } from "vitest";
import { DaemonError, MemberError, RemoteError } from "../../src/index.ts";
import { formatMslUrl, parseMslUrl } from "../../src/msl/address.ts";
import { errorFromMessage, errorToMessage } from "../../src/msl/python-error.ts";
import { memberFrom, signatureText } from "../../src/msl/signature.ts";
import { signatureOf } from "../../src/objects/index.ts";

describe("an msl:// URL", () => {
  it.each([
    ["msl://pi.lab", "pi.lab", 1875, undefined, undefined],
    ["msl://pi.lab:1876/RPiService", "pi.lab", 1876, undefined, "RPiService"],
    ["MSL://alice@pi.lab/With Blanks", "pi.lab", 1875, "alice", "With Blanks"],
    ["msl://[::1]:1875/A%2FB", "::1", 1875, undefined, "A/B"],
    ["msl://pi.lab/", "pi.lab", 1875, undefined, undefined],
  ])("%s is read", (url, host, port, user, service) => {
    expect(parseMslUrl(url)).toEqual({ location: { kind: "tcp", host, port }, user, service });
  });

  it.each(["msl:pi", "msl://", "pyro://x", "msl://a@b@c", "msl://pi/%zz", "msl://pi:99999"])(
    "%s is refused",
    (url) => {
      expect(() => parseMslUrl(url)).toThrow(expect.objectContaining({ code: "ERR_BAD_URI" }));
    },
  );

  it("is written as it is read", () => {
    const location = { kind: "tcp", host: "::1", port: 1875 } as const;
    const url = formatMslUrl(location, "With Blanks");
    expect(url).toBe("msl://[::1]:1875/With%20Blanks");
    expect(parseMslUrl(url).service).toBe("With Blanks");
  });
});

describe("a signature of Python", () => {
  it.each([
    ["()", "f()"],
    ["(a, b, c, d)", "f(a, b, c, d)"],
    ["(x: float, y: float = 1) -> float", "f(x, y=1)"],
    ["(a, n=2)", "f(a, n=2)"],
    ["(*args, **kwargs)", "f(*args)"],
    [
      "(level: Union[str, int] = 'INFO', *, shared=(1, 2)) -> Dict[str, int]",
      "f(level='INFO', shared=(1, 2))",
    ],
    ['(text="a, b)", /)', 'f(text="a, b)")'],
  ])("%s is %s", (published, expected) => {
    const member = memberFrom("f", published);
    expect(member.kind).toBe("method");
    expect(signatureOf(member)).toBe(expected);
  });

  it("tells types, and what goes by its name alone", () => {
    const { parameters } = memberFrom("f", "(x: float, *args, n: 'int' = 2, **kwargs) -> None");
    expect(parameters).toEqual([
      { name: "x", kind: "positional", rest: false, optional: false, type: "float" },
      { name: "args", kind: "rest", rest: true, optional: true },
      {
        name: "n",
        kind: "positional",
        rest: false,
        optional: true,
        default: "2",
        type: "'int'",
        keywordOnly: true,
      },
    ]);
    expect(memberFrom("f", "(a, *, b)").parameters).toMatchObject([
      { name: "a" },
      { keywordOnly: true },
    ]);
  });

  it.each([["mm"], [21.25], [null], [[1, 2]], ["(not closed"]])(
    "%j is an attribute's value",
    (published) => {
      expect(memberFrom("f", published)).toMatchObject({ kind: "attribute", readonly: true });
    },
  );

  it("is written for ours, with defaults as Python has them", () => {
    const member = (parameters: object[]) =>
      signatureText({ ...memberFrom("f", "()"), parameters: parameters as never });
    const p = (name: string, more: object = {}) => ({
      name,
      kind: "positional",
      rest: false,
      optional: false,
      ...more,
    });
    expect(member([p("a"), p("b", { optional: true })])).toBe("(a, b=None)");
    expect(member([p("on", { optional: true, default: "true", defaultValue: true })])).toBe(
      "(on=True)",
    );
    expect(member([p("text", { optional: true, default: "'x'", defaultValue: "x" })])).toBe(
      '(text="x")',
    );
    expect(member([p("limit", { optional: true, default: "limits.max" })])).toBe("(limit=...)");
    const { parameters: _, ...unknown } = memberFrom("f", "()");
    expect(signatureText(unknown)).toBe("(*args, **kwargs)");
  });
});

describe("an error", () => {
  const told = (message: string, traceback: string[] = []) =>
    errorFromMessage({ kind: "error", message, traceback, requester: null, uid: 1 });

  it.each([
    ["ValueError: x must be positive", "RemoteValueError", ["x must be positive"]],
    ["ValueError: two\nlines: here", "RemoteValueError", ["two\nlines: here"]],
    ["KeyError: 'it\\'s'", "RemoteKeyError", ["it's"]],
    [`KeyError: "it's"`, "RemoteKeyError", ["it's"]],
    ["ZeroDivisionError: division by zero", "RemoteArithmeticError", ["division by zero"]],
    ["StopIteration", "RemoteError", []],
    ["MyError: own", "RemoteError", ["own"]],
    ["something went wrong", "RemoteError", ["something went wrong"]],
  ])("%j arrives as what it was", (message, name, args) => {
    const error = told(message);
    expect(error.name).toBe(name);
    expect((error as RemoteError).remote.args).toEqual(args);
  });

  it("brings its traceback", () => {
    const error = told("ValueError: no", ["Traceback (most recent call last):", "  File x"]);
    expect((error as RemoteError).remote.traceback).toContain("File x");
  });

  it.each<[Error, string]>([
    [new RangeError("no"), "ValueError: no"],
    [new TypeError("no"), "TypeError: no"],
    [new Error("no"), "RuntimeError: no"],
    [new RemoteError("builtins.KeyError", ["a'b"]), `KeyError: "a'b"`],
    [new RemoteError("lab.errors.LaserError", ["hot"]), "LaserError: hot"],
    [new MemberError("ERR_X", "no such member"), "AttributeError: no such member"],
    [new DaemonError("ERR_X", "gone"), "DaemonError: gone"],
    [new Error("half \ud800 pair"), "RuntimeError: half \ufffd pair"],
  ])("%s is told as Python has it", (error, message) => {
    expect(errorToMessage(error).message).toBe(message);
  });

  it("comes back as itself", () => {
    for (const message of ["ValueError: x", "KeyError: 'k'", "IndexError: out"]) {
      expect(errorToMessage(told(message)).message).toBe(message);
    }
  });
});
