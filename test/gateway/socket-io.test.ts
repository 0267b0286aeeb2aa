import { once } from "node:events";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { describe, expect, it } from "vitest";
import { type CallbackInfo, callbacksOf } from "#bunsen/tunnels";
import { callContext, Daemon, expose, type ListenOptions, SILENT } from "../../src/index.ts";
import { testAuthority } from "../support/certificates.ts";
import { checkLeaks } from "../support/leaks.ts";
import { PlainLab } from "./plain-lab.ts";

class Lab extends PlainLab {
  forgotten = 0;
  calls = 0;
  square(x: number) {
    return x ** 2;
  }
  power(base: number, exponent = 2) {
    return base ** exponent;
  }
  forget() {
    this.forgotten += 1;
  }
  who() {
    const { correlationId, caller } = callContext();
    const { dialect, identity, handshake } = caller;
    return { dialect, identity, handshake, correlationId };
  }
  mine() {
    this.calls += 1;
    return this.calls;
  }
  async slowly(x: number, { cb_info }: { cb_info?: CallbackInfo } = {}) {
    await using caller = callbacksOf(cb_info);
    await caller.update("working on", x);
    await caller.done(x ** 2);
  }
  async *forever() {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      this.left += 1;
    }
  }
}
expose(Lab, {
  forgotten: { readonly: true },
  square: true,
  power: true,
  forget: { oneway: true },
  who: true,
  mine: true,
  slowly: { oneway: true },
  forever: true,
});

interface Answer {
  readonly status: string;
  readonly result: unknown;
  readonly error?: { readonly __class__: string; readonly args: unknown[] };
  readonly correlationId?: string;
}

async function serve(
  { socketIo = true, ...gateway }: NonNullable<ListenOptions["gateway"]> = {},
  target: object = new Lab(),
) {
  const daemon = new Daemon({ logger: SILENT });
  daemon.register("lab", target);
  const { url } = await daemon.listen("http://localhost:0", { gateway: { socketIo, ...gateway } });
  const pages: Socket[] = [];
  const page = (namespace: string, options: Partial<ManagerOptions & SocketOptions> = {}) => {
    const socket = io(`${url}${namespace}`, { forceNew: true, reconnection: false, ...options });
    pages.push(socket);
    return socket;
  };
  return {
    daemon,
    url,
    lab: target as Lab,
    page,
    /** Connected; answers are `ask`'s. */
    async caller(namespace = "/lab", options: Partial<ManagerOptions & SocketOptions> = {}) {
      const socket = page(namespace, { transports: ["websocket"], ...options });
      await connected(socket);
      return { socket, ask: askOf(socket) };
    },
    async [Symbol.asyncDispose]() {
      for (const socket of pages) socket.disconnect();
      await daemon.close();
    },
  };
}

function askOf(socket: Socket) {
  return (event: string, ...values: unknown[]) =>
    socket.timeout(30_000).emitWithAck(event, ...values) as Promise<Answer>;
}

async function connected(socket: Socket) {
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
  });
}

function next(socket: Socket, event: string): Promise<Answer> {
  return new Promise((resolve) => socket.once(event, resolve));
}

describe("Socket.IO", () => {
  checkLeaks();

  it.each([["polling"], ["websocket"]])("answers the seed's page, by %s", async (transport) => {
    await using served = await serve({ root: "lab" });
    const printed: unknown[] = [];
    const socket = served.page("", { transports: [transport] });
    socket.on("connect", () => {
      socket.on("square", (data: Answer) => {
        printed.push(data.result, data.status);
      });
      socket.emit("square", { args: 2, kwargs: {} });
    });
    await expect.poll(() => printed, { timeout: 30_000 }).toEqual([4, "success"]);
  });

  it("answers by the event of the same name, and by the acknowledgement", async () => {
    await using served = await serve();
    const { socket, ask } = await served.caller();
    const event = next(socket, "power");
    const answer = await ask("power", { args: [2], kwargs: { exponent: 5 } });
    expect(answer).toMatchObject({ status: "success", result: 32 });
    expect(await event).toEqual(answer);
  });

  it.each<[what: string, values: unknown[], argument: unknown]>([
    ["no value at all", [], null],
    ["null", [null], null],
    ["neither args nor kwargs", [{}], null],
    ["null in place of both", [{ args: null, kwargs: null }], null],
    ["keyword arguments alone", [{ kwargs: { value: 7 } }], 7],
    ["an argument that is no list", [{ args: 7 }], 7],
    ["keys that mean nothing", [{ args: [7], more: true }], 7],
  ])("takes %s", async (_what, values, argument) => {
    await using served = await serve();
    const { ask } = await served.caller();
    const answer = await ask("echo", ...values);
    expect(answer).toMatchObject({ status: "success", result: argument });
  });

  it("tells errors as flaskify_io did, with the exception beside", async () => {
    await using served = await serve();
    const { ask } = await served.caller();
    expect(await ask("fail")).toEqual({
      status: "on purpose",
      result: null,
      correlationId: expect.any(String),
      error: expect.objectContaining({ __class__: "builtins.ValueError", args: ["on purpose"] }),
    });
    const unknown = await ask("_private");
    expect(unknown.status).toContain("has no exposed attribute or method '_private'");
    expect(unknown.error?.__class__).toBe("builtins.AttributeError");
  });

  it("carries bytes as bytes, and all else as JSON does", async () => {
    await using served = await serve();
    const { ask } = await served.caller();
    const bytes = Buffer.from([1, 2, 255]);
    const sent = { bytes, list: [1.5, null, "é", true], deep: { a: [{}] } };
    expect((await ask("echo", { args: [sent] })).result).toEqual(sent);
    class Odd extends Lab {
      override echo() {
        const big = [Number.NaN, Infinity, 2n ** 60n, 5n, undefined];
        return {
          big,
          map: new Map([[1, new Set("ab")]]),
          at: new Date(0),
          f: new Float32Array([0.5]),
        };
      }
    }
    served.daemon.register("odd", new Odd());
    const odd = await served.caller("/odd");
    expect((await odd.ask("echo")).result).toEqual({
      big: [null, null, "1152921504606846976", 5, null],
      map: { "1": ["a", "b"] },
      at: "1970-01-01T00:00:00+00:00",
      f: [0.5],
    });
  });

  it("has a namespace for each object, also those whose names have slashes and commas", async () => {
    await using served = await serve();
    served.daemon.register("my/lab,é", new Lab());
    const { ask } = await served.caller(`/${encodeURIComponent("my/lab,é")}`);
    expect((await ask("square", { args: [3] })).result).toBe(9);
  });

  it("reads and sets attributes, and says what there is", async () => {
    await using served = await serve();
    const { ask } = await served.caller();
    expect((await ask("setpoint", { value: 21.5 })).status).toBe("success");
    expect((await ask("setpoint")).result).toBe(21.5);
    expect((await ask("forgotten", { value: 1 })).error?.__class__).toBe("builtins.AttributeError");
    const { result } = await ask("$meta");
    expect(result).toMatchObject({ methods: expect.arrayContaining(["square"]) });
  });

  it("waits for nothing with a one-way method, or a call that is made so", async () => {
    await using served = await serve();
    const { ask } = await served.caller();
    expect(await ask("forget")).toMatchObject({ status: "success", result: null });
    expect(await ask("wait", { oneway: true })).toMatchObject({ status: "success", result: null });
    await expect.poll(() => served.lab.forgotten).toBe(1);
  });

  it("tells the objects who calls", async () => {
    const keys = [{ key: "k", identity: "anna" }];
    await using served = await serve({ keys });
    const id = "11112222-1111-2222-3333-222244449999";
    const ways = [
      { auth: { key: "k", seat: 3 } },
      { extraHeaders: { "X-Pyro-Gateway-Key": "k" } },
      { query: { $key: "k" } },
    ];
    for (const way of ways) {
      const { ask } = await served.caller("/lab", way);
      expect((await ask("who", { correlationId: id })).result).toEqual({
        dialect: "socket.io",
        identity: "anna",
        handshake: "auth" in way ? { seat: 3 } : {},
        correlationId: id,
      });
    }
  });

  it("is encrypted, and knows pages by their certificates", async () => {
    using authority = await testAuthority("anna");
    const { server, client, ca } = authority;
    await using daemon = new Daemon({ logger: SILENT });
    daemon.register("lab", new Lab());
    const { url } = await daemon.listen("https://localhost:0", {
      tls: { ...server, ca },
      gateway: { socketIo: true },
    });
    for (const transport of ["polling", "websocket"]) {
      const options = {
        forceNew: true,
        reconnection: false,
        transports: [transport],
        ca,
        ...client,
      };
      const socket = io(`${url}/lab`, options);
      await connected(socket);
      expect((await askOf(socket)("who")).result).toMatchObject({ identity: "anna" });
      socket.disconnect();
    }
  });

  it("keeps a session for as long as a page is connected", async () => {
    await using served = await serve({}, Lab);
    const [one, other] = [await served.caller(), await served.caller()];
    expect((await one.ask("mine")).result).toBe(1);
    expect((await one.ask("mine")).result).toBe(2);
    expect((await other.ask("mine")).result).toBe(1);
    expect(served.daemon.held.sessions).toBe(2);
    one.socket.disconnect();
    await expect.poll(() => served.daemon.held.sessions).toBe(1);
  });
});

describe("what one page asks for", () => {
  checkLeaks();

  it("is answered to it alone", async () => {
    await using served = await serve();
    const [one, other] = [await served.caller(), await served.caller()];
    const heard: unknown[] = [];
    other.socket.onAny((event) => heard.push(event));
    await one.ask("square", { args: [2] });
    await other.ask("echo");
    expect(heard).toEqual(["echo"]);
  });

  it("goes to all who are connected to the object, where the gateway says so; errors do not", async () => {
    await using served = await serve({ socketIo: { broadcast: "lab/(square|fail)$" } });
    served.daemon.register("lab2", new Lab());
    const [one, two] = [await served.caller(), await served.caller()];
    const elsewhere = await served.caller("/lab2");
    const heard: unknown[] = [];
    const note = (event: string, { result }: Answer) => heard.push([event, result]);
    two.socket.onAny(note);
    elsewhere.socket.onAny(note);
    await one.ask("fail");
    await one.ask("echo", { args: [1] });
    await one.ask("square", { args: [2] });
    // What was sent to it before is there before this answer.
    await Promise.all([two.ask("echo"), elsewhere.ask("echo")]);
    expect(heard).toEqual([
      ["square", 4],
      ["echo", null],
      ["echo", null],
    ]);
  });

  it("is told of by the events that cb_info names", async () => {
    await using served = await serve();
    const { socket } = await served.caller();
    const told: unknown[] = [];
    socket.on("on_update", (data) => told.push(data));
    const done = next(socket, "on_done");
    const answer = next(socket, "slowly");
    socket.emit("slowly", {
      args: [3],
      kwargs: { cb_info: { cb: "on_done", cb_updates: "on_update" } },
    });
    expect(await done).toEqual({ args: [9], kwargs: {} });
    expect(told).toEqual([{ args: ["working on", 3], kwargs: {} }]);
    expect(await answer).toMatchObject({ status: "success", result: null });
  });

  it("streams, an answer for each item and one for the end", async () => {
    await using served = await serve();
    const { socket, ask } = await served.caller();
    const items: unknown[] = [];
    socket.on("count", ({ status, result }: Answer) => items.push([status, result]));
    expect(await ask("count", { args: [3] })).toMatchObject({ status: "end", result: null });
    expect(items).toEqual([
      ["success", 0],
      ["success", 1],
      ["success", 2],
      ["end", null],
    ]);
  });

  it("ends when it is cancelled, or the page is gone", async () => {
    await using served = await serve();
    const { socket, ask } = await served.caller();
    const correlationId = crypto.randomUUID();
    const ended = ask("forever", { correlationId });
    await next(socket, "forever");
    socket.emit("forever", { cancel: correlationId });
    expect(await ended).toMatchObject({ status: "end", correlationId });
    await expect.poll(() => served.lab.left).toBe(1);
    // Two at once by one id are two calls.
    socket.emit("forever", { correlationId });
    await next(socket, "forever");
    socket.emit("forever", { correlationId });
    socket.emit("wait");
    await expect.poll(() => served.daemon.counters.calls).toBe(5);
    socket.disconnect();
    await expect.poll(() => served.lab.left).toBe(4);
  });
});

describe("who may not connect", () => {
  checkLeaks();

  it.each([
    ["without a key", "/lab", {}, "incorrect gateway api key"],
    ["with a wrong one", "/lab", { auth: { key: "x" } }, "incorrect gateway api key"],
    [
      "with something else as key",
      "/lab",
      { auth: { key: { k: 1 } } },
      "incorrect gateway api key",
    ],
    ["without a key to nothing", "", {}, "incorrect gateway api key"],
    ["to what is hidden", "/hidden", { auth: { key: "k" } }, "access to the requested object"],
    ["to the daemon's own object", "/Pyro.Daemon", { auth: { key: "k" } }, "access to the"],
    ["to what is not there", "/lab.nothing", { auth: { key: "k" } }, "unknown name: lab.nothing"],
  ])("%s", async (_how, namespace, options, text) => {
    await using served = await serve({ keys: ["k"], expose: "lab" });
    served.daemon.register("hidden", new Lab());
    for (const transports of [["polling"], ["websocket"]]) {
      const socket = served.page(namespace, { transports, ...options });
      const error = (await once(socket as never, "connect_error").then(
        ([first]) => first,
      )) as Error & {
        data: Answer;
      };
      expect(error.message).toContain(text);
      expect(error.data).toMatchObject({ status: error.message, result: null });
    }
    expect(served.daemon.held.sessions).toBe(0);
  });

  it("nor whom the daemon's hook refuses", async () => {
    await using served = await serve();
    served.daemon.validateHandshake(({ handshake }, object) => {
      if ((handshake as { seat?: number }).seat !== 1) throw new Error(`no seat at ${object}`);
    });
    await served.caller("/lab", { auth: { seat: 1 } });
    await expect(served.caller("/lab", { auth: { seat: 2 } })).rejects.toThrow("no seat at lab");
  });

  it("nor pages of other sites, unless their origin is named", async () => {
    await using served = await serve({ origins: ["https://lab.example"] });
    const headers = (Origin: string) => ({ extraHeaders: { Origin } });
    for (const transports of [["polling"], ["websocket"]]) {
      const evil = { transports, ...headers("https://evil.example") };
      await expect(served.caller("/lab", evil)).rejects.toThrow();
      const { ask } = await served.caller("/lab", {
        transports,
        ...headers("https://lab.example"),
      });
      expect((await ask("square", { args: [2] })).result).toBe(4);
    }
    const init = { headers: { Origin: "https://lab.example" } };
    const polled = await fetch(`${served.url}/socket.io/?EIO=4&transport=polling`, init);
    expect(polled.headers.get("Access-Control-Allow-Origin")).toBe("https://lab.example");
    expect(polled.headers.has("Set-Cookie")).toBe(false);
    await polled.text();
  });

  it("and whoever connects to no object is told so by each event", async () => {
    await using served = await serve();
    const { ask } = await served.caller("");
    expect((await ask("square", { args: [2] })).status).toContain("connect to its namespace");
  });
});
