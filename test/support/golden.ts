/**
 * The object that the wire vectors were recorded with, in TypeScript. What its members do is in the table of
 * test/vectors/README.md.
 */
import {
  ClassRegistry,
  callContext,
  Daemon,
  type DaemonOptions,
  expose,
  NamingError,
  parseUri,
  RemoteError,
  RemoteKeyError,
  RemoteValueError,
  type SerializedBlob,
  tuple,
} from "../../src/index.ts";

class Plain {
  x = 1;
  y = "why";
}

class Item {
  readonly #number: number;
  constructor(number: number) {
    this.#number = number;
  }
  number() {
    return this.#number;
  }
}
expose(Item, { number: true });

class Session {
  me() {
    return "session";
  }
}
expose(Session, { me: true });

const FAILURES: Record<string, () => Error> = {
  value: () => new RangeError("golden value error"),
  noargs: () => new RemoteValueError("builtins.ValueError"),
  multi: () => new RemoteKeyError("builtins.KeyError", ["k", 42, 3.5]),
  attrs: () => Object.assign(new Error("with attributes"), { code: 17, detail: ["a", "b"] }),
  pyro: () => new NamingError("ERR_GOLDEN", "a pyro error"),
  custom: () => new RemoteError("goldsrv.CustomError", ["custom class error"]),
  zero: () => new RemoteError("builtins.ZeroDivisionError", ["division by zero"]),
  // OSError(2, …) is a FileNotFoundError in Python.
  os: () => new RemoteError("builtins.FileNotFoundError", [2, "No such file or directory"]),
  unicode: () => new RangeError(`unicode € 😀 'quotes' "double"`),
};

class Golden {
  value = 42;
  readonly #daemon: Daemon;
  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }
  get readonly() {
    return "ro";
  }
  get streamprop() {
    return [1, 2].values();
  }
  get hiddenprop() {
    return "hidden";
  }
  add(a: number, b: number) {
    return a + b;
  }
  /** Positional arguments only: no JavaScript method takes any keyword argument. See `goldenDaemon`. */
  argsback(...args: unknown[]) {
    return [args, {}];
  }
  echo(x: unknown) {
    return x;
  }
  nothing() {}
  note(_text: string) {}
  fail(kind: string) {
    throw FAILURES[kind]?.();
  }
  returned_exception() {
    return new RemoteValueError("builtins.ValueError", ["returned, not raised"]);
  }
  *gen() {
    yield 1;
    yield "two";
    yield [3];
  }
  *badgen() {
    yield 1;
    throw new RangeError("broken generator");
  }
  dictiter() {
    return new Map([["a", 1]]).keys();
  }
  /** JavaScript has no views: `keys()` is an iterator, and would stream. */
  dictview() {
    return Object.keys({ a: 1 });
  }
  blob(blob: SerializedBlob) {
    return [blob.info, blob.deserialized()];
  }
  make(n: number) {
    const item = new Item(n);
    this.#daemon.register(`golden.item${n}`, item);
    return item;
  }
  getplain() {
    return new Plain();
  }
  geturi() {
    return parseUri("PYRO:some.object@example.com:4444");
  }
  getfunc() {
    return () => {};
  }
  getdaemon() {
    return this.#daemon;
  }
  types() {
    return [null, true, false, 1, -1, 2.5, "s", tuple(1, 2)];
  }
  getset() {
    return new Set(["one"]);
  }
  getbytes() {
    return Uint8Array.of(0x00, 0x01, 0xfe, 0xff);
  }
  big(n: number) {
    return "x".repeat(n);
  }
  annot() {
    const { annotations, responseAnnotations } = callContext();
    responseAnnotations.set("RESP", new TextEncoder().encode("reply annotation"));
    return [...annotations.keys()].sort();
  }
  ctx() {
    return { corr: callContext().correlationId };
  }
  __len__() {
    return 3;
  }
  __getitem__(i: number) {
    return ["a", "b", "c"][i];
  }
  __dunder__() {
    return "dunder";
  }
  unexposed() {}
  _private() {}
}
expose(Golden, {
  value: true,
  readonly: true,
  streamprop: true,
  add: true,
  argsback: true,
  echo: true,
  nothing: true,
  note: { oneway: true },
  fail: true,
  returned_exception: true,
  gen: true,
  badgen: true,
  dictiter: true,
  dictview: true,
  blob: true,
  make: true,
  getplain: true,
  geturi: true,
  getfunc: true,
  getdaemon: true,
  types: true,
  getset: true,
  getbytes: true,
  big: true,
  annot: true,
  ctx: true,
  __len__: true,
  __getitem__: true,
  __dunder__: true,
});

/** A daemon with the objects of the recorded one: `golden.obj` and `golden.sess`; one that exposes nothing cannot be registered. */
export function goldenDaemon(options: DaemonOptions = {}): Daemon {
  const classes = new ClassRegistry();
  // Python sends any instance by the name of its class; here a class is registered for that.
  classes.register(Plain, { name: "goldsrv.Plain" });
  const silent = () => {};
  const logger = { debug: silent, info: silent, warn: silent, error: silent };
  const daemon = new Daemon({ logger, classes, ...options });
  daemon.register("golden.obj", new Golden(daemon));
  daemon.register("golden.sess", Session);
  daemon.validateHandshake(({ handshake }) => {
    if (handshake === "wrong") throw new Error("wrong secret code, connection refused");
    return handshake === "hello" ? "hello" : ["welcome", { level: 3 }];
  });
  daemon.use((call, _, next) =>
    call.member === "argsback" ? [[...call.args], call.kwargs ?? {}] : next(),
  );
  return daemon;
}
