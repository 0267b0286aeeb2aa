import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  callContext,
  Daemon,
  expose,
  NamingError,
  parseUri,
  type Remote,
  RemoteError,
} from "../../src/index.ts";
import { describeWithPython, runPython } from "../support/python.ts";

const CLIENT = new URL("peers/client.py", import.meta.url);

class Made {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
  who() {
    return `made ${this.name}`;
  }
}
expose(Made, { who: true });

class Thing {
  value = 42;
  readonly #daemon: Daemon;
  readonly #notes: string[] = [];
  #closed = false;
  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }
  get readonly() {
    return "ro";
  }
  add(a: number, b = 1) {
    return a + b;
  }
  echo(x: unknown) {
    return x;
  }
  fail(kind: string) {
    if (kind === "value") throw new RangeError("golden value error");
    if (kind === "key") throw new RemoteError("builtins.KeyError", ["k", 42]);
    if (kind === "plain") throw Object.assign(new Error("plain"), { extra: 17 });
    if (kind === "naming") throw new NamingError("ERR_NAME_UNKNOWN", "a naming error");
  }
  *gen(n: number) {
    for (let i = 0; i < n; i++) yield i;
  }
  async *agen(n: number) {
    for (let i = 0; i < n; i++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      yield i;
    }
  }
  *badgen() {
    yield 1;
    throw new RangeError("broken generator");
  }
  *closing() {
    this.#closed = false;
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      this.#closed = true;
    }
  }
  closed() {
    return this.#closed;
  }
  note(text: string) {
    this.#notes.push(text);
  }
  notes() {
    return this.#notes;
  }
  async later(x: unknown) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return x;
  }
  context() {
    const { caller, correlationId, annotations, responseAnnotations } = callContext();
    responseAnnotations.set("RESP", new TextEncoder().encode("reply annotation"));
    return [caller.dialect, correlationId, new TextDecoder().decode(annotations.get("TEST"))];
  }
  uri() {
    return parseUri("PYRO:some.object@example.com:4444");
  }
  make(name: string) {
    const made = new Made(name);
    this.#daemon.register(`made.${crypto.randomUUID()}`, made);
    return made;
  }
  async callEcho(other: Remote<{ echo(text: string): string }>, text: string) {
    return `called ${await other.echo(text)}`;
  }
  hidden() {
    return "not exposed";
  }
  _secret() {
    return "private";
  }
}
expose(Thing, {
  value: true,
  readonly: true,
  add: true,
  echo: true,
  fail: true,
  gen: true,
  agen: true,
  badgen: true,
  closing: true,
  closed: true,
  note: { oneway: true },
  notes: true,
  later: true,
  context: true,
  uri: true,
  make: true,
  callEcho: true,
});

class Counter {
  #count = 0;
  count() {
    return ++this.#count;
  }
}
expose(Counter, { count: true });

const EXPECTED: [string, unknown][] = [
  ["call", [42, 2, 11, 3]],
  ["attributes", [42, 7, "ro"]],
  ["read-only attribute", "AttributeError"],
  ["error", ["golden value error", true]],
  ["error type of Python's choice", ["k", 42]],
  ["plain JavaScript error", ["plain", 17]],
  ["naming error", "a naming error"],
  ["private member", true],
  ["unexposed member", true],
  ["dunder member", true],
  ["generator", [0, 1, 2, 3, 4]],
  ["async generator", [0, 1, 2, 3, 4]],
  ["failing generator", [[1], "broken generator"]],
  ["generator left early", [0, true]],
  ["oneway", true],
  ["batch", [3, 7, "ValueError"]],
  ["oneway batch", [null, true]],
  ["promise", "x"],
  ["context", [true, true, "hello", "reply annotation"]],
  ["large", true],
  ["proxy sent and returned", ["Proxy", true]],
  ["URI", "PYRO:some.object@example.com:4444"],
  ["registered object", "made one"],
  ["object passed back to be called", "called round"],
  ["ping", ["pong", 999, 42]],
  [
    "daemon object",
    ["Pyro.Daemon", true, ["readonly", "value"], ["note"], "Pyro.Daemon bound on "],
  ],
  ["unknown object", true],
  ["handshake refused", true],
  ["session instances", [1, 2, 1]],
  ["percall instances", [1, 1]],
  ["single instance", [1]],
  ["compressed", true],
];

describeWithPython.each([[5], [4]] as const)(
  "Python's Pyro%i client on our daemon",
  (generation) => {
    describe.each(["serpent", "json", "marshal", "msgpack"])("in %s", (serializer) => {
      let daemon: Daemon;
      let results: Record<string, unknown>;

      beforeAll(async () => {
        daemon = new Daemon();
        daemon.register("thing", new Thing(daemon));
        daemon.register("session", Counter);
        daemon.register("percall", class extends Counter {}, { mode: "percall" });
        daemon.register("single", class extends Counter {}, { mode: "single" });
        daemon.validateHandshake((caller) => {
          if (caller.handshake === "wrong") throw new Error("wrong secret, connection refused");
          return "hello";
        });
        await daemon.listen("pyro://localhost:0");
        const printed = await runPython(CLIENT, [
          `${generation}`,
          serializer,
          daemon.uriFor("thing"),
        ]);
        results = JSON.parse(printed);
      });
      afterAll(() => daemon.close());

      it.each(EXPECTED)("%s", (name, expected) => {
        expect(results[name]).toEqual(expected);
      });

      it("covers each check that the client makes", () => {
        expect(Object.keys(results).sort()).toEqual(EXPECTED.map(([name]) => name).sort());
      });
    });
  },
);
