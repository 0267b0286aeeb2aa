import { EventEmitter } from "node:events";
import { stripTypeScriptTypes } from "node:module";
import { inherits } from "node:util";
import { describe, expect, it } from "vitest";
import { signatureOf } from "../../src/objects/description.ts";
import { parametersFromText } from "../../src/objects/parameters.ts";
import {
  type AnyClass,
  type AnyFunction,
  type MemberSource,
  sourceOfClass,
  sourceOfFunction,
} from "../../src/objects/source.ts";

// From text, so that what is read is what is written here: vitest prints the code of a test anew.
const evaluate = (text: string): unknown => new Function(`return (${text});`)();
const classOf = (text: string) => evaluate(text) as AnyClass;
const functionOf = (text: string) => evaluate(text) as AnyFunction;
const membersOf = (text: string) => sourceOfClass(classOf(text)).members;
const member = (text: string, name: string) => membersOf(`class A { ${text} }`).get(name);
const parametersOf = (text: string) => sourceOfFunction(functionOf(text))?.parameters;

const signature = (source: MemberSource | undefined) =>
  source &&
  signatureOf({ ...source, kind: "method", oneway: false, readonly: false, stream: false });

describe("the members of a class", () => {
  it.each([
    ["read(x) {}", "method", false, false],
    ["async read(x) {}", "method", true, false],
    ["*read(x) {}", "method", false, true],
    ["async *read(x) {}", "method", true, true],
    ["'read'(x) {}", "method", false, false],
    ["get read() { return 1; }", "getter", false, false],
    ["set read(x) {}", "setter", false, false],
    ["get read() { return 1; } set read(x) {}", "getter", false, false],
    ["set read(x) {} get read() { return 1; }", "getter", false, false],
    ["read = 1;", "field", false, false],
    ["read;", "field", false, false],
    ["read = (x) => x;", "arrow-field", false, false],
    ["read = async (x) => x;", "arrow-field", true, false],
    ["read = function* (x) {};", "arrow-field", false, true],
  ])("reads %s", (text, kind, isAsync, isGenerator) => {
    expect(member(text, "read")).toMatchObject({ name: "read", kind, isAsync, isGenerator });
  });

  it("keeps static members apart", () => {
    const source = sourceOfClass(
      classOf("class A { static make(x) {} static limit = 1; read() {} }"),
    );
    expect([...source.members.keys()]).toEqual(["read"]);
    expect([...source.statics.keys()]).toEqual(["make", "limit"]);
  });

  it("leaves out constructors, private names, computed keys and static blocks", () => {
    const text = `class A {
      #secret = 1; #hide() {} static #count = 0; static { this.x = 1; }
      [Symbol.iterator]() {} ["computed" + 1]() {}
      constructor(x) { this.#secret = x; } read() { return this.#secret; }
    }`;
    expect([...membersOf(text).keys()]).toEqual(["read"]);
  });

  it("reads class expressions, with or without a name", () => {
    expect([...membersOf("class { read() {} }").keys()]).toEqual(["read"]);
    expect([...membersOf("class Inner extends class { base() {} } { read() {} }").keys()]).toEqual([
      "read",
      "base",
    ]);
  });

  it("walks up the prototype chain; the nearest definition wins", () => {
    const source = sourceOfClass(
      classOf("class B extends class { read(old) {} reset() {} } { read(channel) {} }"),
    );
    expect(signature(source.members.get("read"))).toBe("read(channel)");
    expect(source.members.has("reset")).toBe(true);
  });

  it("keeps the comment of an overridden member when the override has none", () => {
    const text = "class B extends class { /** Reads. */ read(old) {} } { read(channel) {} }";
    expect(membersOf(text).get("read")).toMatchObject({ doc: "Reads." });
    expect(signature(membersOf(text).get("read"))).toBe("read(channel)");
  });

  it("reads a class with its own static toString and name", () => {
    const text = "class A { static toString() { return 'x'; } static name = 1; read(x) {} }";
    expect([...membersOf(text).keys()]).toEqual(["read"]);
  });

  it("parses a class once", () => {
    const aClass = classOf("class A { read() {} }");
    expect(sourceOfClass(aClass)).toBe(sourceOfClass(aClass));
  });
});

describe("names beside the members", () => {
  it("mentions fields that the constructor assigns, with comment and parameters", () => {
    const { mentioned, complete } = sourceOfClass(
      classOf(`class A {
        early() { return this.gain; }
        constructor() {
          /** In decibels. */
          this.gain = 1;
          this.read = (channel) => channel;
        }
      }`),
    );
    expect(complete).toBe(true);
    expect(mentioned.get("gain")).toMatchObject({ kind: "field", doc: "In decibels." });
    expect(mentioned.get("read")).toMatchObject({ kind: "arrow-field" });
  });

  it.each([
    ["passes this to other code", "class A { constructor(o) { Object.assign(this, o); } }"],
    ["assigns a computed name", "class A { constructor(k) { this[k] = 1; } }"],
    ["has another name for this", "class A { constructor() { const self = this; self.x = 1; } }"],
    ["has a native base class", "class A extends Map {}"],
    [
      "has a base class without a constructor",
      "class A extends Object.assign(function () {}, { prototype: {} }) {}",
    ],
  ])("is not complete when a class %s", (_, text) => {
    expect(sourceOfClass(classOf(text)).complete).toBe(false);
  });

  it("is complete when this is only used by name, or returned", () => {
    const text = `class A {
      x = 1; on() { this.x++; return this; } static of() { return new this(); }
      other() { return function () { return [this]; }; }
    }`;
    expect(sourceOfClass(classOf(text)).complete).toBe(true);
  });
});

describe("parameters", () => {
  it.each([
    ["(a, b) => 0", "(a, b)"],
    ["(a, b = 1, ...rest) => 0", "(a, b=1, *rest)"],
    ["(unit = 'K', mode = \"slow\") => 0", '(unit="K", mode="slow")'],
    ["({ n = 3, unit: u = 'K', raw } = {}) => 0", '({n=3, unit="K", raw})'],
    ["(base, { n, ...others }) => 0", "(base, {n, *others})"],
    ["([a, b], options) => 0", "(arg0, options)"],
    ["(...[a, b]) => 0", "(*rest)"],
    ["async x => x", "(x)"],
    ["function* (x = f(1, g({ y: [',)'] }))) {}", "(x=f(1, g({ y: [',)'] })))"],
    ["(/* first, */ a, /* = 2 */ b = /* the default */ 3) => 0", "(a, b=3)"],
    ["function (package, let) {}", "(package, let)"],
    ["() => 0", "()"],
  ])("of %s are %s", (text, expected) => {
    const source = sourceOfFunction(functionOf(text));
    expect(source && signature({ ...source, name: "" })).toBe(expected);
  });

  it.each([
    ["1", 1],
    ["-1.5", -1.5],
    ["0x10", 16],
    ["'K'", "K"],
    ["true", true],
    ["null", null],
    ["undefined", undefined],
  ])("have the value of a literal default: %s", (text, value) => {
    const [parameter] = parametersOf(`(x = ${text}) => x`) ?? [];
    expect(parameter).toMatchObject({ default: text, optional: true });
    expect(parameter).toHaveProperty("defaultValue", value);
  });

  it.each(["[]", "{}", "1n", "1e999", "/x/", "f()", "-'1'", "`K`", "Infinity"])(
    "have only the text of another default: %s",
    (text) => {
      const [parameter] = parametersOf(`(x = ${text}) => x`) ?? [];
      expect(parameter).toMatchObject({ default: text, optional: true });
      expect(parameter).not.toHaveProperty("defaultValue");
    },
  );

  it("tell positional, rest and destructured parameters apart", () => {
    expect(parametersOf("(a, { n = 3 } = {}, ...rest) => 0")).toEqual([
      { name: "a", kind: "positional", rest: false, optional: false },
      {
        name: "options",
        kind: "destructured",
        rest: false,
        optional: true,
        default: "{}",
        properties: [
          {
            name: "n",
            kind: "positional",
            rest: false,
            optional: true,
            default: "3",
            defaultValue: 3,
          },
        ],
      },
      { name: "rest", kind: "rest", rest: true, optional: true },
    ]);
  });

  it("of a function that looks at `arguments` are all optional, with a rest", () => {
    expect(parametersOf("function (a, b) { return arguments.length; }")).toMatchObject([
      { name: "a", optional: true },
      { name: "b", optional: true },
      { name: "arguments", kind: "rest" },
    ]);
    expect(parametersOf("function (a) { return function () { return arguments; }; }")).toHaveLength(
      1,
    );
  });

  it("can be written down by a person", () => {
    const written = ["channel", "gain=1", "unit?", "*rest"];
    expect(parametersFromText(written)).toEqual([
      { name: "channel", kind: "positional", rest: false, optional: false },
      {
        name: "gain",
        kind: "positional",
        rest: false,
        optional: true,
        default: "1",
        defaultValue: 1,
      },
      { name: "unit", kind: "positional", rest: false, optional: true },
      { name: "rest", kind: "rest", rest: true, optional: true },
    ]);
    expect(parametersFromText(["{ n = 3 }"])).toMatchObject([{ kind: "destructured" }]);
    expect(parametersFromText([])).toEqual([]);
  });

  it.each([[["a, b"]], [["a b"]], [[""]], [["...rest", "a"]], [["a) => 0, (b"]]])(
    "written down as %j are refused",
    (written) => {
      expect(parametersFromText(written)).toBeUndefined();
    },
  );
});

describe("comments", () => {
  const doc = (text: string) => member(text, "read")?.doc;

  it("are cleaned of their stars, and keep tags as text", () => {
    const text = `
      /**
       * Reads one channel.
       *
       *   indented * star
       * @param channel - 0 to 7.
       * @returns °C
       */
      async read(channel) {}`;
    expect(doc(text)).toBe(
      "Reads one channel.\n\n  indented * star\n@param channel - 0 to 7.\n@returns °C",
    );
  });

  it.each([
    ["a line comment between", "/** Reads. */\n// lint-ignore\nread() {}", "Reads."],
    ["the last of two", "/** One. */ /** Two. */ read() {}", "Two."],
    ["before a field", "/** °C */ read = 20;", "°C"],
    ["before the setter of a pair", "get read() {} /** °C */ set read(x) {}", "°C"],
    ["before a static member of the same name", "/** S. */ static read() {} read() {}", undefined],
    ["an ordinary block", "/* Reads. */ read() {}", undefined],
    ["a line comment", "/// Reads.\nread() {}", undefined],
    ["that of the member before", "/** Other. */ other() {} read() {}", undefined],
    ["an empty block", "/** */ read() {}", undefined],
    ["beyond an empty line", "/** Of another. */\n      \n\n read() {}", undefined],
  ])("%s: %j", (_, text, expected) => {
    expect(doc(text)).toBe(expected);
  });

  it("survive type stripping, overloads included; those of abstract members stay with them", () => {
    const text = stripTypeScriptTypes(`abstract class A {
      /** An abstract one. */
      abstract start(): void;

      stop(): void {}
      /** Reads. */
      read(channel: number): number;
      read(channel: string): number;
      read(channel: unknown, gain: number = 1): number { return 1; }
    }`);
    const members = membersOf(text.trim());
    expect(members.get("stop")?.doc).toBeUndefined();
    expect(members.get("read")?.doc).toBe("Reads.");
    expect(signature(members.get("read"))).toBe("read(channel, gain=1)");
  });
});

describe("functions", () => {
  it.each([
    ["a function", "function read(x) {}", "read(x)"],
    ["an object's method", "({ read(x) {} }).read", "read(x)"],
    ["an object's async generator", "({ async *read(x) {} }).read", "read(x)"],
    ["a method that uses super", "({ read(x) { return super.toString(); } }).read", "read(x)"],
    ["a method called get", "({ get(x) {} }).get", "get(x)"],
    ["a method called async", "({ async(x) {} }).async", "async(x)"],
    [
      "a class's method that uses private names",
      "new (class { #p = 1; read(x) { return this.#p; } })().read",
      "read(x)",
    ],
    ["a static method", "(class { static read(x) {} }).read", "read(x)"],
    ["an arrow function", "({ read: (x) => x }).read", "read(x)"],
  ])("are read: %s", (_, text, expected) => {
    expect(signature(sourceOfFunction(functionOf(text)))).toBe(expected);
  });
});

describe("what has no source gives an empty result, never an error", () => {
  it.each<[string, AnyFunction]>([
    ["a native function", Math.max],
    ["a bound function", ((x: number) => x).bind(null)],
    ["a proxy of a function", new Proxy((x: number) => x, {})],
    ["a private method", functionOf("new (class { #p(x) {} get() { return this.#p; } })().get()")],
  ])("%s", (_, fn) => {
    expect(sourceOfFunction(fn)).toBeUndefined();
    expect(sourceOfClass(fn)).toMatchObject({ members: new Map(), complete: false });
  });

  it("a class is no function with parameters", () => {
    expect(sourceOfFunction(classOf("class A {}") as unknown as AnyFunction)).toBeUndefined();
  });

  it("a native class", () => {
    expect(sourceOfClass(Map)).toMatchObject({ members: new Map(), complete: false });
  });

  it("code nested deeper than the parser can follow", () => {
    // V8 parses binary operators in a loop, so that it has no trouble with what makes a tree this deep.
    const aClass = classOf(`class A { read() { return ${"1 + ".repeat(100_000)} 1; } }`);
    expect(sourceOfClass(aClass).complete).toBe(false);
    expect(() => sourceOfFunction(aClass.prototype.read)).not.toThrow();
  });
});

describe("classes from before `class`", () => {
  it("mention the fields their constructor assigns", () => {
    const old = functionOf("function Old(x) { this.gain = x; }");
    expect([...sourceOfClass(old).mentioned.keys()]).toEqual(["gain"]);
  });

  it("inherit over prototypes alone", () => {
    const base = functionOf("function Base() { this.gain = 1; }");
    const derived = functionOf("function Derived() { this.offset = 1; }");
    inherits(derived, base);
    expect([...sourceOfClass(derived).mentioned.keys()]).toEqual(["offset", "gain"]);
  });

  it("such as EventEmitter do not stop the reading of a subclass", () => {
    const source = sourceOfClass(
      class extends EventEmitter {
        read() {}
      },
    );
    expect(source.members.has("read")).toBe(true);
    expect(source.complete).toBe(false);
  });
});
