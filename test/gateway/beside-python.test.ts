import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Daemon, type RunningNameServer, SILENT, startNameServer } from "../../src/index.ts";
import { freePort } from "../support/ports.ts";
import { type RunningProcess, startProcess } from "../support/process.ts";
import { describeWithPython, python, spawnPython } from "../support/python.ts";

interface Said {
  readonly status: number;
  readonly type: string | null;
  readonly correlated: boolean;
  readonly body: unknown;
}

const KEY = "secret";
const UUID = "11112222-1111-2222-3333-222244449999";

/** Requests that both gateways answer alike. */
const REQUESTS: readonly (readonly [what: string, path: string, init?: RequestInit])[] = [
  ["a method with keyword arguments", "/pyro/http.thing/add?a=1&b=2"],
  ["an argument that is left out", "/pyro/http.thing/add?a=1"],
  ["arguments that are escaped", "/pyro/http.thing/echo?a=1+2&b=%26%3D"],
  ["a parameter that comes twice", "/pyro/http.thing/echo?a=1&a=2&b=3"],
  ["a parameter without a value", "/pyro/http.thing/echo?a=&b=1"],
  ["a method without arguments", "/pyro/http.thing/nothing"],
  ["values of many types", "/pyro/http.thing/values"],
  ["a URI", "/pyro/http.thing/uri"],
  ["an attribute", "/pyro/http.thing/level"],
  ["an attribute with parameters", "/pyro/http.thing/level?a=1"],
  ["what an object offers", "/pyro/http.thing/$meta"],
  [
    "a method as the page of Pyro5's gateway calls it",
    "/pyro/http.thing/add?a=1&b=2",
    { headers: { Accept: "application/json", "Content-Type": "application/json" } },
  ],
  [
    "a method as jQuery calls it on the page of Pyro4's gateway",
    "/pyro/http.thing/add?a=1+2&b=%24",
    {
      headers: {
        Accept: "application/json, text/javascript, */*; q=0.01",
        "X-Requested-With": "XMLHttpRequest",
      },
    },
  ],
  ["a POST with a query", "/pyro/http.thing/add?a=1&b=2", { method: "POST" }],
  ["a name with a slash", "/pyro/http.with/slash/add?a=1"],
  ["several slashes at the start", "///pyro/http.thing/add?a=1"],
  ["a one-way method", "/pyro/http.thing/forget"],
  [
    "a method called one-way",
    "/pyro/http.thing/add?a=1",
    { headers: { "X-Pyro-Options": "oneway" } },
  ],
  ["an exception", "/pyro/http.thing/fail"],
  ["an exception of Python itself", "/pyro/http.thing/divide"],
  ["an argument that does not exist", "/pyro/http.thing/add?c=1"],
  ["an unknown member", "/pyro/http.thing/nope"],
  ["a private member", "/pyro/http.thing/_level"],
  ["an unknown object", "/pyro/http.nobody/x"],
  ["an object that is not exposed", "/pyro/hidden.thing/add?a=1"],
  ["a name that only contains the pattern", "/pyro/xhttp.thing/add"],
  ["no member", "/pyro/http.thing"],
  ["/pyro", "/pyro"],
  ["another path", "/elsewhere"],
  ["HEAD", "/pyro/http.thing/add?a=1", { method: "HEAD" }],
  ["PUT", "/pyro/http.thing/add?a=1", { method: "PUT" }],
  ["a correlation id", "/pyro/http.thing/add?a=1", { headers: { "X-Pyro-Correlation-Id": UUID } }],
  [
    "a correlation id in another form",
    "/pyro/http.thing/add?a=1",
    { headers: { "X-Pyro-Correlation-Id": `{${UUID.toUpperCase().replaceAll("-", "")}}` } },
  ],
  [
    "a correlation id that is none",
    "/pyro/http.thing/add?a=1",
    { headers: { "X-Pyro-Correlation-Id": "abc" } },
  ],
];

/** The same, of gateways with a key. */
const KEYED: typeof REQUESTS = [
  ["no key", "/pyro/http.thing/add?a=1"],
  ["a wrong key", "/pyro/http.thing/add?a=1&$key=wrong"],
  ["the key in the query", `/pyro/http.thing/add?a=1&$key=${KEY}`],
  ["the key in the header", "/pyro/http.thing/add?a=1", { headers: { "X-Pyro-Gateway-Key": KEY } }],
  [
    "a wrong header that the query does not make good",
    `/pyro/http.thing/add?a=1&$key=${KEY}`,
    { headers: { "X-Pyro-Gateway-Key": "wrong" } },
  ],
  ["a hidden object without a key", "/pyro/hidden.thing/add?a=1"],
  ["the page of what is there", "/pyro/"],
];

describeWithPython.each(["Pyro5", "Pyro4"] as const)("our gateway beside that of %s", (pyro) => {
  let names: RunningNameServer;
  let server: RunningProcess;
  const ours: Record<"open" | "keyed", string> = { open: "", keyed: "" };
  const theirs: Record<"open" | "keyed", string> = { open: "", keyed: "" };
  const gateways: AsyncDisposable[] = [];

  beforeAll(async () => {
    names = await startNameServer({ port: 0, broadcastPort: false, logger: SILENT });
    const { location } = names.uri;
    const port = location.kind === "tcp" ? location.port : 0;
    server = await spawnPython(new URL("peers/server.py", import.meta.url), [pyro, `${port}`], {
      ready: /ready/,
    });
    for (const kind of ["open", "keyed"] as const) {
      const own = await freePort();
      const gateway = ["-u", "-W", "ignore", "-m", `${pyro}.utils.httpgateway`, "-p", `${own}`];
      const key = kind === "keyed" ? ["-g", KEY] : [];
      gateways.push(
        await startProcess(python ?? "python3", [...gateway, ...key], {
          env: { PYRO_NS_PORT: `${port}` },
          ready: /Pyro HTTP gateway running/,
        }),
      );
      theirs[kind] = `http://localhost:${own}`;
      const daemon = new Daemon({ logger: SILENT });
      gateways.push(daemon);
      const { url } = await daemon.listen("http://localhost:0", {
        gateway: {
          nameServer: { host: "localhost", port },
          keys: kind === "keyed" ? [KEY] : [],
        },
      });
      ours[kind] = url;
    }
  }, 60_000);

  afterAll(async () => {
    for (const gateway of gateways) await gateway[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await names.close();
  });

  describe.each([
    ["open", REQUESTS],
    ["keyed", KEYED],
  ] as const)("with %s gateways", (kind, requests) => {
    const each = requests.map(([what, path, init = {}]) => [what, path, init] as const);
    it.each(each)("answers alike: %s", async (_what, path, init) => {
      const [mine, original] = await Promise.all([
        ask(ours[kind], path, init),
        ask(theirs[kind], path, init),
      ]);
      expect(mine).toEqual(original);
    });
  });

  it("sends the correlation id back", async () => {
    const init = { headers: { "X-Pyro-Correlation-Id": UUID } };
    for (const url of [ours.open, theirs.open]) {
      const { headers } = await fetch(`${url}/pyro/http.thing/nothing`, init);
      expect(headers.get("X-Pyro-Correlation-Id")).toBe(UUID);
    }
  });

  it("sends NaN and Infinity as Python does", async () => {
    for (const url of [ours.open, theirs.open]) {
      expect(await (await fetch(`${url}/pyro/http.thing/nan`)).text()).toBe("[NaN, Infinity]");
    }
  });

  it("streams what Pyro's gateway cannot", async () => {
    const plain = await ask(ours.open, "/pyro/http.thing/items");
    expect(plain.status).toBe(500);
    expect(plain.body).toMatchObject({ name: `${pyro}.errors.ProtocolError` });
    const headers = { Accept: "application/x-ndjson" };
    const lines = await fetch(`${ours.open}/pyro/http.thing/items`, { headers });
    expect(await lines.text()).toBe("1\n2\n");
  });

  it("tells Python's object who follows whom: the correlation id", async () => {
    const init = { headers: { "X-Pyro-Correlation-Id": UUID } };
    for (const url of [ours.open, theirs.open]) {
      expect(await (await fetch(`${url}/pyro/http.thing/correlation`, init)).json()).toBe(UUID);
    }
  });

  // Pyro5's gateway reads no bodies.
  if (pyro === "Pyro4") {
    it("takes the body of a form, as Pyro4's gateway does", async () => {
      const init = { method: "POST", body: new URLSearchParams({ a: "1", b: "x y" }) };
      const [mine, original] = await Promise.all([
        ask(ours.open, "/pyro/http.thing/echo?a=0", init),
        ask(theirs.open, "/pyro/http.thing/echo?a=0", init),
      ]);
      expect(mine.body).toEqual({ a: ["0", "1"], b: "x y" });
      expect(sorted(original.body)).toEqual(sorted(mine.body));
    });
  }

  it("answers calls while another one waits, although the server is Python's", async () => {
    // Each connection of the server does one call after the other: they must be several.
    const held = ask(ours.open, "/pyro/http.thing/hold");
    expect((await ask(ours.open, "/pyro/http.thing/let_go")).status).toBe(200);
    expect(await held).toMatchObject({ status: 200, body: '"held"' });
  });

  it.each(["unsendable", "give_up"])(
    "makes no call twice when another one ended their connection: %s",
    async (member) => {
      const path = "/pyro/http.thing/";
      const quick = (name: string) => ask(ours.open, `${path}${name}?made=no`);
      // So often that calls of both are known to be quick, and share a connection.
      for (let i = 0; i < 100; i++) await quick(member);
      for (let i = 0; i < 100; i++) await ask(ours.open, `${path}made`);
      const before = Number((await ask(ours.open, `${path}made`)).body);
      const ending = ask(ours.open, `${path}${member}?made=yes`);
      const others = Array.from({ length: 20 }, () => ask(ours.open, `${path}made`));
      expect((await ending).status).toBe(500);
      const answers = await Promise.all(others);
      const after = Number((await ask(ours.open, `${path}made`)).body);
      const numbers = answers.filter(({ status }) => status === 200).map(({ body }) => body);
      expect(new Set(numbers).size).toBe(numbers.length);
      expect(after - before - 1).toBeLessThanOrEqual(others.length);
      expect(after - before - 1).toBeGreaterThanOrEqual(numbers.length);
    },
  );
});

async function ask(gateway: string, path: string, init: RequestInit = {}): Promise<Said> {
  // No connection is kept: wsgiref serves one after the other.
  const response = await fetch(gateway + path, { redirect: "manual", ...init });
  const text = await response.text();
  return {
    status: response.status,
    type:
      response.headers.get("content-type")?.replace("text/html; charset=utf-8", "text/html") ??
      null,
    correlated: response.headers.has("X-Pyro-Correlation-Id"),
    body: comparable(text),
  };
}

/** What of an answer does not depend on who gave it. */
function comparable(text: string): unknown {
  if (text.startsWith("<!DOCTYPE html>")) return "a page";
  if (!/^[[{]/.test(text)) return text;
  const value = JSON.parse(text) as Record<string, unknown>;
  if (value["__exception__"] === true) {
    const { __class__: type, args } = value as { __class__: string; args: unknown[] };
    // An object that is not there is of neither generation.
    const name = type.replace(/^Pyro\d(\.errors\.NamingError)$/, "Pyro$1");
    return { name, args: args.map((arg) => (typeof arg === "string" ? withoutDetails(arg) : arg)) };
  }
  if ("methods" in value) {
    const { methods, attributes } = value as { methods: string[]; attributes: string[] };
    return { methods: methods.sort(), attributes: attributes.sort() };
  }
  return value;
}

/** Ours adds what to do, and names an object by its name where Pyro names it by its URI. */
function withoutDetails(text: string): string {
  return text.replace(/^(remote object) '[^']*'/, "$1").replace(/ \(at PYRO:.*/, "");
}

function sorted(body: unknown): unknown {
  return Object.entries(body as Record<string, unknown>)
    .map(([key, value]) => [key, Array.isArray(value) ? [...value].sort() : value])
    .sort();
}
