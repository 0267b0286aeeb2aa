import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import {
  callContext,
  connect,
  Daemon,
  expose,
  type ListenOptions,
  ndarray,
  SILENT,
} from "../../src/index.ts";
import { testAuthority } from "../support/certificates.ts";
import { checkLeaks } from "../support/leaks.ts";

class Thermostat {
  setpoint = 20;
  readonly unit = "°C";
  left = 0;
  instances = 0;
  /** Reads one channel. */
  read(channel: number, gain = 1) {
    return channel * gain;
  }
  async *samples(count: number) {
    try {
      for (let i = 0; i < count; i++) yield i;
    } finally {
      this.left += 1;
    }
  }
  async *forever() {
    try {
      for (let i = 0; ; i++) {
        yield i;
        await sleep(5);
      }
    } finally {
      this.left += 1;
    }
  }
  *failing() {
    yield 1;
    throw new RangeError("no more");
  }
  raw(bytes: Uint8Array = Uint8Array.of(1, 2, 255)) {
    return bytes;
  }
  *chunks() {
    yield Uint8Array.of(1, 2);
    yield Uint8Array.of(3);
  }
  echo(...args: unknown[]) {
    return args;
  }
  trace() {
    return ndarray([1, 2.5]);
  }
  who() {
    const { dialect, address, identity } = callContext().caller;
    return { dialect, from: address.replace(/:\d+$/, ""), identity };
  }
  count() {
    this.instances += 1;
    return this.instances;
  }
  async wait() {
    const { signal } = callContext();
    await new Promise((resolve) => signal?.addEventListener("abort", resolve));
    this.left += 1;
  }
}
expose(Thermostat, {
  setpoint: true,
  unit: { readonly: true },
  read: true,
  samples: true,
  forever: true,
  failing: true,
  raw: true,
  chunks: true,
  echo: true,
  trace: true,
  who: true,
  count: true,
  wait: true,
});

async function serve(options: ListenOptions = {}, thermostat: object = new Thermostat()) {
  const daemon = new Daemon({ logger: SILENT });
  daemon.register("lab.thermostat", thermostat);
  const { url } = await daemon.listen("http://localhost:0", options);
  const ask = (member: string, init: RequestInit = {}) =>
    fetch(`${url}/pyro/lab.thermostat/${member}`, init);
  return { daemon, url, ask, [Symbol.asyncDispose]: () => daemon.close() };
}

const post = (body: unknown): RequestInit => ({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

const accept = (type: string): RequestInit => ({ headers: { Accept: type } });

describe("the gateway", () => {
  checkLeaks();

  it("takes a JSON body of args and kwargs, with values of any kind", async () => {
    await using gateway = await serve();
    const read = await gateway.ask("read", post({ args: [2], kwargs: { gain: 3.5 } }));
    expect(await read.json()).toBe(7);
    const echoed = await gateway.ask("echo", post({ args: [1, "x", null, { a: [true] }] }));
    expect(await echoed.json()).toEqual([1, "x", null, { a: [true] }]);
  });

  it("says how long an answer is", async () => {
    await using gateway = await serve();
    const answer = await gateway.ask("read?channel=1");
    expect(answer.headers.get("Content-Length")).toBe("1");
    expect(answer.headers.has("Transfer-Encoding")).toBe(false);
  });

  it("sets an attribute", async () => {
    await using gateway = await serve();
    expect((await gateway.ask("setpoint", post({ value: 21.5 }))).status).toBe(200);
    expect(await (await gateway.ask("setpoint")).json()).toBe(21.5);
    const refused = await gateway.ask("unit", post({ value: "K" }));
    expect(refused.status).toBe(500);
    expect(await refused.json()).toMatchObject({ __class__: "builtins.AttributeError" });
  });

  it.each([
    ["a list", "[1]"],
    ["an unknown key", '{"arguments": []}'],
    ["args that are no list", '{"args": 1}'],
    ["a value for a method", '{"value": 1}'],
    ["no JSON", "{"],
  ])("answers 400 to a body that is %s", async (_what, body) => {
    await using gateway = await serve();
    const headers = { "Content-Type": "application/json" };
    const { status } = await gateway.ask("read", { method: "POST", headers, body });
    expect(status).toBe(400);
  });

  it("leaves a proxy that a page sends as it is: it calls nowhere", async () => {
    await using gateway = await serve();
    const state = ["PYRO:x@127.0.0.1:1", [], ["ping"], [], "hello", null];
    const sent = { __class__: "Pyro5.client.Proxy", state };
    const echoed = await gateway.ask("echo", post({ args: [sent] }));
    expect(await echoed.json()).toEqual([sent]);
  });

  it("streams as server-sent events, and tells an EventSource when to stop", async () => {
    await using gateway = await serve();
    const events = await gateway.ask("samples?count=2", accept("text/event-stream"));
    expect(events.headers.get("Content-Type")).toBe("text/event-stream");
    expect(await events.text()).toBe("data: 0\n\ndata: 1\n\nid: end\nevent: end\ndata: null\n\n");
    const again = await gateway.ask("samples?count=2", {
      headers: { Accept: "text/event-stream", "Last-Event-ID": "end" },
    });
    expect(again.status).toBe(204);
  });

  it("streams as lines of JSON, with an exception as the last", async () => {
    await using gateway = await serve();
    const lines = (await (await gateway.ask("failing", accept("application/x-ndjson"))).text())
      .trim()
      .split("\n");
    expect(lines[0]).toBe("1");
    expect(JSON.parse(lines[1] ?? "")).toMatchObject({
      __class__: "builtins.ValueError",
      args: ["no more"],
    });
    const events = await (await gateway.ask("failing", accept("text/event-stream"))).text();
    expect(events).toMatch(/^data: 1\n\nid: end\nevent: error\ndata: \{.*no more.*\}\n\n$/);
  });

  it("ends a stream whose reader has gone", async () => {
    const thermostat = new Thermostat();
    await using gateway = await serve({}, thermostat);
    const reading = new AbortController();
    const { body } = await gateway.ask("forever", {
      ...accept("text/event-stream"),
      signal: reading.signal,
    });
    await body?.getReader().read();
    reading.abort();
    await expect.poll(() => thermostat.left).toBe(1);
  });

  it("cancels a call whose caller has gone", async () => {
    const thermostat = new Thermostat();
    await using gateway = await serve({}, thermostat);
    const waiting = new AbortController();
    const answer = gateway.ask("wait", { signal: waiting.signal });
    await expect.poll(() => gateway.daemon.counters.calls).toBe(1);
    waiting.abort();
    await expect(answer).rejects.toThrow("aborted");
    await expect.poll(() => thermostat.left).toBe(1);
  });

  it("sends bytes as bytes, both ways, and streams of them", async () => {
    await using gateway = await serve();
    const binary = accept("application/octet-stream");
    expect(await (await gateway.ask("raw", binary)).bytes()).toEqual(Uint8Array.of(1, 2, 255));
    const sent = await gateway.ask("raw", {
      method: "POST",
      headers: { ...binary.headers, "Content-Type": "application/octet-stream" },
      body: Uint8Array.of(7, 8),
    });
    expect(await sent.bytes()).toEqual(Uint8Array.of(7, 8));
    expect(await (await gateway.ask("chunks", binary)).bytes()).toEqual(Uint8Array.of(1, 2, 3));
    expect(await (await gateway.ask("raw")).json()).toEqual({ data: "AQL/", encoding: "base64" });
  });

  it("takes the fields and files of a form", async () => {
    await using gateway = await serve();
    const body = new FormData();
    body.set("bytes", new Blob([Uint8Array.of(9)]), "one.bin");
    const answer = await gateway.ask("raw", {
      method: "POST",
      body,
      ...accept("application/octet-stream"),
    });
    expect(await answer.bytes()).toEqual(Uint8Array.of(9));
  });

  it("describes itself in OpenAPI 3.1", async () => {
    await using gateway = await serve();
    const document = (await (await fetch(`${gateway.url}/openapi.json`)).json()) as Record<
      string,
      unknown
    >;
    const { valid, errors } = await new Validator().validate(document);
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(document).toMatchObject({
      openapi: "3.1.0",
      paths: {
        "/pyro/lab.thermostat/read": {
          get: {
            summary: "Reads one channel.",
            parameters: expect.arrayContaining([
              { name: "gain", in: "query", schema: { type: "number", default: 1 } },
            ]),
          },
        },
        "/pyro/lab.thermostat/unit": { get: expect.anything() },
      },
    });
    expect(
      Object.keys(
        (document as { paths: Record<string, object> }).paths["/pyro/lab.thermostat/unit"] ?? {},
      ),
    ).toEqual(["get"]);
  });

  it("shows what there is on a page without scripts", async () => {
    await using gateway = await serve();
    const page = await fetch(`${gateway.url}/pyro/`);
    expect(page.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
    expect(await page.text()).toContain('<a href="/pyro/lab.thermostat/$meta">');
  });

  it("reaches nothing beyond the pattern, nor the daemon's own object", async () => {
    await using gateway = await serve({ gateway: { expose: "lab\\.t" } });
    gateway.daemon.register("lab.secret", new Thermostat());
    expect((await gateway.ask("read?channel=1")).status).toBe(200);
    for (const object of ["lab.secret", "Pyro.Daemon"]) {
      const answer = await fetch(`${gateway.url}/pyro/${object}/read`);
      expect([answer.status, await answer.text()]).toEqual([
        403,
        "403 Forbidden - access to the requested object has been denied",
      ]);
    }
  });

  it("serves adopted objects of other daemons, with their errors and streams", async () => {
    await using lab = new Daemon({ logger: SILENT });
    lab.register("far", new Thermostat());
    await lab.listen("pyro://localhost:0");
    await using far = await connect(lab.uriFor("far"));
    await using gateway = await serve({}, far);
    expect(await (await gateway.ask("read?channel=4")).json()).toBe(4);
    const lines = await gateway.ask("samples", {
      ...post({ args: [2] }),
      headers: { "Content-Type": "application/json", Accept: "application/x-ndjson" },
    });
    expect(await lines.text()).toBe("0\n1\n");
  });

  it("gives each request a session of its own", async () => {
    await using gateway = await serve({}, Thermostat);
    const counts = [await gateway.ask("count"), await gateway.ask("count")];
    expect(await Promise.all(counts.map((count) => count.json()))).toEqual([1, 1]);
    expect(gateway.daemon.held.sessions).toBe(0);
  });

  it("tells who calls: address and the identity of the key", async () => {
    const keys = [{ key: "k1", identity: "anna" }, "k2"];
    await using gateway = await serve({ gateway: { keys } });
    const ask = async (key: string) =>
      await (await gateway.ask("who", { headers: { "X-Pyro-Gateway-Key": key } })).json();
    expect(await ask("k1")).toEqual({ dialect: "http", from: "127.0.0.1", identity: "anna" });
    expect(await ask("k2")).toEqual({ dialect: "http", from: "127.0.0.1", identity: null });
    expect((await gateway.ask("who")).status).toBe(403);
    expect((await fetch(`${gateway.url}/openapi.json`)).status).toBe(403);
    expect(await (await fetch(`${gateway.url}/pyro/`)).text()).not.toContain("lab.thermostat");
  });

  it("knows nothing of cookies", async () => {
    await using gateway = await serve({
      gateway: { keys: ["k1"], origins: ["https://a.example"] },
    });
    const cookie = "X-Pyro-Gateway-Key=k1; $key=k1; key=k1";
    expect((await gateway.ask("who", { headers: { Cookie: cookie } })).status).toBe(403);
    const headers = { "X-Pyro-Gateway-Key": "k1", Origin: "https://a.example" };
    const answer = await gateway.ask("who", { headers });
    expect(answer.status).toBe(200);
    expect(answer.headers.has("Set-Cookie")).toBe(false);
    expect(answer.headers.has("Access-Control-Allow-Credentials")).toBe(false);
  });

  it("passes hooks and the judge of handshakes, as every dialect", async () => {
    await using gateway = await serve();
    const seen: string[] = [];
    gateway.daemon.use((call, caller, next) => {
      seen.push(`${caller.dialect} ${call.member}`);
      return next();
    });
    gateway.daemon.validateHandshake(({ address }) => {
      if (seen.length > 0) throw new Error(`not you, ${address.replace(/:\d+$/, "")}`);
    });
    expect((await gateway.ask("read?channel=1")).status).toBe(200);
    const refused = await gateway.ask("read?channel=1");
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain("not you, 127.0.0.1");
    expect(seen).toEqual(["http read"]);
  });

  it("sends an array with its shape", async () => {
    await using gateway = await serve();
    const answer = await gateway.ask("trace");
    expect(await answer.json()).toMatchObject({ shape: [2] });
  });

  it("says so where the time is up", async () => {
    await using gateway = await serve({ gateway: { timeout: 30 } });
    const late = await gateway.ask("wait");
    expect(late.status).toBe(500);
    expect(await late.json()).toMatchObject({ __class__: "Pyro5.errors.TimeoutError" });
  });
});

describe("pages of other sites", () => {
  checkLeaks();

  it("may not call, with any header that says where they are from", async () => {
    await using gateway = await serve();
    for (const headers of [
      { Origin: "https://evil.example" },
      { Origin: "null" },
      { "Sec-Fetch-Site": "cross-site" },
    ]) {
      expect((await gateway.ask("read?channel=1", { headers })).status).toBe(403);
    }
    const own = { headers: { Origin: gateway.url, "Sec-Fetch-Site": "same-origin" } };
    expect((await gateway.ask("read?channel=1", own)).status).toBe(200);
  });

  it("may call where their origin is named, and can read the answer", async () => {
    await using gateway = await serve({ gateway: { origins: ["https://lab.example"] } });
    const init = { headers: { Origin: "https://lab.example" } };
    const answer = await gateway.ask("read?channel=1", init);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("https://lab.example");
    expect(answer.headers.get("Vary")).toBe("Origin");
    expect(answer.headers.has("Access-Control-Allow-Credentials")).toBe(false);
    const asked = await gateway.ask("read", { method: "OPTIONS", ...init });
    expect([asked.status, await asked.text()]).toEqual([200, "200 OK"]);
  });

  it("may all call where * is allowed, as with Pyro5's gateway", async () => {
    await using gateway = await serve({ gateway: { origins: ["*"] } });
    const init = { headers: { Origin: "https://anyone.example" } };
    const answer = await gateway.ask("read?channel=1", init);
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
  });

  it("cannot reach it by a name of their own that leads here", async () => {
    const plain = await statusWithHost("evil.example", {});
    const named = await statusWithHost("gw.lab.example", { hosts: ["gw.lab.example"] });
    const address = await statusWithHost("192.168.7.7:8080", {});
    expect([plain, named, address]).toEqual([421, 200, 200]);
  });

  it.each(["lab.example", "https://lab.example/page", ""])(
    "are not let in by %j, which is no origin",
    async (origin) => {
      await using daemon = new Daemon({ logger: SILENT });
      await expect(
        daemon.listen("http://localhost:0", { gateway: { origins: [origin] } }),
      ).rejects.toMatchObject({ code: "ERR_BAD_OPTION" });
    },
  );
});

async function statusWithHost(host: string, gateway: NonNullable<ListenOptions["gateway"]>) {
  await using served = await serve({ gateway });
  // fetch sets the header by itself.
  const request = http.get(`${served.url}/pyro/lab.thermostat/setpoint`, {
    headers: { host },
    agent: false,
  });
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  response.resume();
  await once(response, "end");
  return response.statusCode;
}

describe("limits of the gateway", () => {
  checkLeaks();

  it("refuses a body above maxBodyBytes, and takes one at it", async () => {
    await using gateway = await serve({ gateway: { maxBodyBytes: 10 } });
    const send = (count: number) =>
      gateway.ask("raw", {
        method: "POST",
        headers: { "Content-Type": "application/octet-stream" },
        body: new Uint8Array(count),
      });
    expect((await send(10)).status).toBe(200);
    expect((await send(11)).status).toBe(413);
  });

  it("refuses more calls than maxCalls at once", async () => {
    await using gateway = await serve({ gateway: { maxCalls: 1 } });
    const waiting = new AbortController();
    const first = gateway.ask("wait", { signal: waiting.signal });
    await expect.poll(() => gateway.daemon.counters.calls).toBe(1);
    const second = await gateway.ask("read?channel=1");
    expect([second.status, second.headers.get("Retry-After")]).toEqual([503, "1"]);
    waiting.abort();
    await expect(first).rejects.toThrow();
    await expect.poll(async () => (await gateway.ask("read?channel=1")).status).toBe(200);
  });

  it("refuses more requests a second than maxRequestsPerSecond", async () => {
    await using gateway = await serve({ gateway: { maxRequestsPerSecond: 3 } });
    const answers = await Promise.all(Array.from({ length: 6 }, () => gateway.ask("setpoint")));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 200, 200, 429, 429, 429]);
  });
});

describe("listening for HTTP", () => {
  checkLeaks();

  it("speaks TLS, and knows callers by their certificates", async () => {
    using authority = await testAuthority("anna");
    const { server, client, ca } = authority;
    await using daemon = new Daemon({ logger: SILENT });
    daemon.register("lab.thermostat", new Thermostat());
    const { url } = await daemon.listen("https://localhost:0", { tls: { ...server, ca } });
    expect(url).toMatch(/^https:/);
    const who = `${url}/pyro/lab.thermostat/who`;
    expect(await secureGet(who, { ca, ...client })).toMatchObject({ identity: "anna" });
    expect(await secureGet(who, { ca })).toMatchObject({ identity: null });
  });

  async function secureGet(url: string, options: https.RequestOptions): Promise<unknown> {
    const request = https.get(url, { ...options, agent: false });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    return await json(response);
  }

  it.each([
    ["https without a certificate", "https://localhost:0", {}, "ERR_BAD_OPTION"],
    ["Pyro's keys", "http://localhost:0", { hmacKeys: ["a key"] }, "ERR_BAD_OPTION"],
    ["a path", "http://localhost:0/lab", {}, "ERR_BAD_URL"],
    ["an empty key", "http://localhost:0", { gateway: { keys: [""] } }, "ERR_BAD_OPTION"],
    ["a pattern that is none", "http://localhost:0", { gateway: { expose: "(" } }, "ERR_BAD_REGEX"],
  ] as const)("refuses %s", async (_what, url, options, code) => {
    await using daemon = new Daemon({ logger: SILENT });
    await expect(daemon.listen(url, options)).rejects.toMatchObject({ code });
  });

  it("says what is wrong with a port that is taken", async () => {
    await using daemon = new Daemon({ logger: SILENT });
    const { url } = await daemon.listen("http://localhost:0");
    await expect(daemon.listen(url)).rejects.toMatchObject({ code: "ERR_LISTEN" });
  });
});
