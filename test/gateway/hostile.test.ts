import { once } from "node:events";
import { connect as dial, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import WebSocket from "ws";
import { connect, Daemon, type ListenOptions, SILENT } from "../../src/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { PlainLab } from "./plain-lab.ts";

async function serve(options: ListenOptions = {}) {
  const daemon = new Daemon({ logger: SILENT });
  const lab = new PlainLab();
  daemon.register("lab", lab);
  daemon.register("hidden", new PlainLab());
  const { url } = await daemon.listen("http://localhost:0", {
    ...options,
    gateway: { expose: "lab", socketIo: true, ...options.gateway },
  });
  const { port } = new URL(url);
  return {
    daemon,
    lab,
    url,
    ws: url.replace("http", "ws"),
    ask: (path: string, init: RequestInit = {}) => fetch(`${url}${path}`, init),
    /** Sends bytes as they are; resolves to all that comes back until the gateway hangs up. */
    async raw(bytes: string | Uint8Array) {
      const socket = dial(Number(port), "localhost");
      socket.write(bytes);
      return await allOf(socket);
    },
    /** That nothing of it disturbed anybody. */
    async isFine() {
      await using proxy = await connect<PlainLab>(`${url.replace("http", "ws")}/lab`);
      expect(await proxy.add(1, 2)).toBe(3);
      // A connection that is kept would be counted on.
      const init = { headers: { Connection: "close" } };
      expect(await (await fetch(`${url}/pyro/lab/setpoint`, init)).json()).toBe(20);
    },
    [Symbol.asyncDispose]: () => daemon.close(),
  };
}

async function allOf(socket: Socket): Promise<string> {
  let text = "";
  socket.setEncoding("latin1").on("data", (data) => {
    text += data;
  });
  socket.on("error", () => {});
  await once(socket, "close");
  return text;
}

const json = (body: string): RequestInit => ({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body,
});

describe("requests that mean no good", () => {
  checkLeaks();

  it("are cut off where their head takes longer than handshakeTimeoutMs", async () => {
    await using served = await serve({ handshakeTimeoutMs: 200 });
    const slow = served.raw("GET /pyro/lab/setpoint HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
    expect(await slow).toMatch(/^HTTP\/1.1 408/);
    await served.isFine();
  });

  it("are refused where their head is larger than 16 KiB", async () => {
    await using served = await serve();
    const head = `GET /pyro/lab/setpoint HTTP/1.1\r\nHost: localhost\r\nX-Large: ${"x".repeat(20_000)}\r\n\r\n`;
    expect(await served.raw(head)).toMatch(/^HTTP\/1.1 431/);
    const target = `GET /pyro/lab/${"x".repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    expect(await served.raw(target)).toMatch(/^HTTP\/1.1 431/);
    await served.isFine();
  });

  it.each([
    ["no HTTP", "hello\r\n\r\n", /^HTTP\/1.1 400/],
    ["no host", "GET / HTTP/1.1\r\n\r\n", /^HTTP\/1.1 400/],
    [
      "two lengths",
      "POST /pyro/lab/add HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      /^HTTP\/1.1 400/,
    ],
    [
      "a length and chunks",
      "POST /pyro/lab/add HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      /^HTTP\/1.1 400/,
    ],
    ["a way to elsewhere", "CONNECT example.org:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", /^$/],
    [
      "somebody else's URL",
      "GET http://example.org/pyro/lab/setpoint HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
      /^HTTP\/1.1 404/,
    ],
  ])("ask for %s", async (_what, bytes, answer) => {
    await using served = await serve();
    expect(await served.raw(bytes)).toMatch(answer);
    await served.isFine();
  });

  it.each([
    ["/pyro/%zz/setpoint", 403],
    ["/pyro/lab%ff/setpoint", 500],
    ["/pyro/lab/%00", 500],
    ["/pyro/lab/../hidden/setpoint", 500],
    ["/pyro/lab/%2e%2e/hidden/setpoint", 500],
    ["/pyro/lab%2f..%2fhidden/setpoint", 500],
    ["/pyro//lab/setpoint", 403],
    ["/pyro/lab//setpoint", 500],
    ["/pyro/lab/__proto__", 500],
    ["/pyro/lab/constructor", 500],
    ["/pyro/lab/toString", 500],
    ["/pyro/__proto__/setpoint", 403],
    ["/pyro/lab/add?a=%zz&b=%ff", 200],
    ["/pyro/lab/echo?__proto__=1&constructor=2", 500],
    ["/etc/passwd", 404],
    ["/%2e%2e/%2e%2e/etc/passwd", 404],
    ["/socket.io/%2e%2e/package.json", 400],
    ["/socket.io/..%2f..%2fpackage.json", 400],
    ["/socket.io/?EIO=4&transport=polling&sid=__proto__", 400],
    ["/socket.io/?EIO=9&transport=toString", 400],
  ])("for %s", async (path, status) => {
    await using served = await serve();
    // As it is: fetch would walk up the path.
    const answer = await served.raw(
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status}`));
    expect(({} as { a?: unknown })["a"]).toBeUndefined();
    await served.isFine();
  });

  it.each([
    ["cut off", '{"args": [1'],
    ["with more behind it", "{} {}"],
    ["of another encoding", "\ufffd"],
    ["nested a million deep", `{"args": ${"[".repeat(1_000_000)}`],
    ["with a long number", `{"args": [${"9".repeat(100_000)}]}`],
    ["a text", '"args"'],
  ])("have JSON %s", async (_what, body) => {
    await using served = await serve();
    expect((await served.ask("/pyro/lab/echo", json(body))).status).toBe(400);
    await served.isFine();
  });

  it("have keys that are no keys of theirs", async () => {
    await using served = await serve();
    const body = '{"args": [{"__proto__": {"polluted": 1}, "constructor": {"prototype": 2}}]}';
    const answer = await (await served.ask("/pyro/lab/echo", json(body))).text();
    expect(answer).toContain('"__proto__": {"polluted": 1}');
    const keywords = await served.ask(
      "/pyro/lab/echo",
      json('{"kwargs": {"__proto__": {"value": 1}}}'),
    );
    expect(keywords.status).toBe(500);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("have a body that is never sent", async () => {
    await using served = await serve();
    const { port } = new URL(served.url);
    const socket = dial(Number(port), "localhost");
    socket.write(
      "POST /pyro/lab/echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
    );
    await expect.poll(() => served.daemon.counters.calls).toBe(1);
    await served.isFine();
    socket.destroy();
    await expect.poll(() => served.daemon.held.sessions).toBe(0);
  });

  it("are more connections than maxConnections allows", async () => {
    await using served = await serve({ maxConnections: 2 });
    const { port } = new URL(served.url);
    const held = [dial(Number(port), "localhost"), dial(Number(port), "localhost")];
    await Promise.all(held.map((socket) => once(socket, "connect")));
    await expect.poll(() => served.daemon.counters.connections).toBe(2);
    expect(await served.raw("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")).toBe("");
    for (const socket of held) socket.destroy();
    await expect.poll(() => served.daemon.counters.connections).toBe(0);
    await served.isFine();
  });
});

describe("WebSockets that mean no good", () => {
  checkLeaks();

  async function opened(url: string): Promise<WebSocket> {
    const socket = new WebSocket(url);
    socket.on("error", () => {});
    await once(socket, "open");
    return socket;
  }

  it.each([
    ["text", "hello"],
    ["garbage", Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * 7919) % 256))],
    ["a message above 1 MiB", Buffer.alloc(2 * 1024 * 1024)],
    ["HTTP", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
  ])("send %s", async (_what, message) => {
    await using served = await serve();
    const socket = await opened(`${served.ws}/lab`);
    const closed = once(socket, "close");
    socket.send(message);
    await closed;
    await served.isFine();
    await expect.poll(() => served.daemon.counters.connections).toBe(0);
  });

  it("send frames that are none", async () => {
    await using served = await serve();
    const upgrade = `GET /lab HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
    // Not masked, with reserved bits, of an unknown kind.
    const answer = await served.raw(Buffer.concat([Buffer.from(upgrade), Buffer.alloc(64, 0xff)]));
    expect(answer).toMatch(/^HTTP\/1.1 101/);
    const without = upgrade.replace(/Sec-WebSocket-Key: .*\r\n/, "");
    expect(await served.raw(without)).toMatch(/^HTTP\/1.1 400/);
    await served.isFine();
  });

  it("say nothing", async () => {
    await using served = await serve({ handshakeTimeoutMs: 200 });
    const socket = await opened(`${served.ws}/lab`);
    await once(socket, "close");
    await served.isFine();
  });

  it.each(["/%zz", "/..%2flab", "/__proto__", "/hidden", "/"])("ask for %s", async (path) => {
    await using served = await serve({ gateway: { expose: "lab$" } });
    const upgrade = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
    if (path !== "/") expect(await served.raw(upgrade)).toMatch(/^HTTP\/1.1 403/);
    await served.isFine();
  });
});

describe("Socket.IO that means no good", () => {
  checkLeaks();

  /** Speaks Engine.IO 4 by hand: what a stock client never sends. */
  async function speak(ws: string) {
    const socket = new WebSocket(`${ws}/socket.io/?EIO=4&transport=websocket`);
    const heard: string[] = [];
    socket.on("error", () => {});
    socket.on("message", (data) => heard.push(String(data)));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    await once(socket, "open");
    return { socket, heard, closed };
  }

  /** The same, connected to `/lab`. */
  async function connected(ws: string) {
    const spoken = await speak(ws);
    spoken.socket.send("40/lab,");
    const isThere = () => spoken.heard.some((text) => text.startsWith("40/lab,"));
    await expect.poll(isThere, { timeout: 30_000 }).toBe(true);
    return spoken;
  }

  it.each([
    ["a kind that is none", "4x"],
    ["an event before it is connected", '42/hidden,["add",{}]'],
    ["no JSON", "42/lab,[{"],
    ["an event without a name", "42/lab,[]"],
    ["an event that is an object", '42/lab,{"add":1}'],
    ["an event of the library's own", '42/lab,["disconnect"]'],
    ["pieces that never come, too many", '451000-/lab,["echo",{"_placeholder":true,"num":0}]'],
    ["a piece that belongs to nothing", Buffer.from([1, 2, 3])],
    ["a message above maxBodyBytes", `42/lab,["echo",{"args":["${"x".repeat(200_000)}"]}]`],
  ])("sends %s", async (_what, message) => {
    await using served = await serve({ gateway: { maxBodyBytes: 100_000 } });
    const { socket, closed } = await connected(served.ws);
    expect(served.daemon.held.sessions).toBe(1);
    socket.send(message);
    await closed;
    await served.isFine();
    await expect.poll(() => served.daemon.held.sessions).toBe(0);
  });

  it.each([
    ["a number as name", "42/lab,0[5,{}]", "has no exposed attribute or method '5'"],
    ["a name of every object", '42/lab,0["constructor"]', "has no exposed attribute"],
    ["a name of every emitter", '42/lab,0["error",{}]', "has no exposed attribute"],
    ["the key of prototypes", '42/lab,0["__proto__"]', "has no exposed attribute"],
    ["a list", '42/lab,0["add",[1]]', "Expected an event with one value"],
    ["two values", '42/lab,0["add",{},{}]', "Expected an event with one value"],
    ["kwargs that are none", '42/lab,0["add",{"kwargs":3}]', "Expected an event with one value"],
    ["a correlation id that is none", '42/lab,0["add",{"correlationId":{"toString":1}}]', ""],
    ["a constructor", '42/lab,0["add",{"constructor":{"name":{"toString":1}},"kwargs":1}]', ""],
    [
      "keywords of prototypes",
      '42/lab,0["echo",{"kwargs":{"__proto__":{"value":1}}}]',
      "unexpected keyword argument '__proto__'",
    ],
    [
      "values nested deep",
      `42/lab,0["echo",{"args":[${"[".repeat(5000)}${"]".repeat(5000)}]}]`,
      "nested deeper",
    ],
  ])("asks with %s", async (_what, message, status) => {
    await using served = await serve();
    const { socket, heard } = await connected(served.ws);
    socket.send(message);
    const answer = () => heard.find((text) => text.startsWith("43/lab,0"));
    await expect.poll(answer, { timeout: 30_000 }).toBeDefined();
    const [told] = JSON.parse((answer() as string).slice("43/lab,0".length)) as [
      { status: string; result: unknown },
    ];
    expect(told.status).not.toBe("success");
    expect(told.status).toContain(status);
    socket.close();
    await served.isFine();
  });

  it("keeps nothing of namespaces that it was refused", async () => {
    await using served = await serve();
    const names = Array.from({ length: 500 }, (_, i) => `40/hidden-${i},`);
    const { socket, heard } = await connected(served.ws);
    for (const name of [...names, "40/__proto__,"]) socket.send(name);
    await expect.poll(() => heard.filter((text) => text.startsWith("44/")).length).toBe(501);
    await expect.poll(() => served.daemon.held.sessions).toBe(1);
    socket.close();
    await expect.poll(() => served.daemon.held.sessions).toBe(0);
  });

  it("is let go where it connects to nothing within handshakeTimeoutMs", async () => {
    await using served = await serve({ handshakeTimeoutMs: 200 });
    const { closed } = await speak(served.ws);
    await closed;
    await served.isFine();
  });

  it("is answered no more than maxRequestsPerSecond and maxCalls allow", async () => {
    await using served = await serve({ gateway: { maxRequestsPerSecond: 5 } });
    const asks = Array.from({ length: 60 }, (_, i) => `42/lab,${i}["setpoint"]`);
    const rated = await connected(served.ws);
    for (const ask of asks) rated.socket.send(ask);
    const answers = (of: typeof rated) => of.heard.filter((text) => /^43\/lab,\d+/.test(text));
    await expect.poll(() => answers(rated).length).toBe(60);
    expect(answers(rated).some((text) => text.includes("429: Too Many Requests"))).toBe(true);
    rated.socket.close();

    await using full = await serve({ gateway: { maxCalls: 1 } });
    const busy = await connected(full.ws);
    for (const ask of ['42/lab,0["wait"]', '42/lab,1["setpoint"]']) busy.socket.send(ask);
    await expect.poll(() => answers(busy)).toHaveLength(1);
    expect(answers(busy)[0]).toContain("as many as the gateway's maxCalls allows");
    busy.socket.close();
    await expect.poll(() => full.lab.left).toBe(1);
  });

  it("has polling bodies that are no packets, or too large", async () => {
    await using served = await serve({ gateway: { maxBodyBytes: 1000 } });
    const path = "/socket.io/?EIO=4&transport=polling";
    const { sid } = JSON.parse((await (await served.ask(path)).text()).slice(1)) as { sid: string };
    const large = await served.ask(`${path}&sid=${sid}`, {
      method: "POST",
      body: "x".repeat(2000),
    });
    expect(large.status).toBe(413);
    const other = JSON.parse((await (await served.ask(path)).text()).slice(1)) as { sid: string };
    await served.ask(`${path}&sid=${other.sid}`, { method: "POST", body: "\x1e\x1egarbage" });
    await served.isFine();
  });
});
