import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  connect,
  Daemon,
  expose,
  type LocateOptions,
  locateNameServer,
  type NameEvent,
  type NameServerClient,
  parseUri,
  startNameServer,
} from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { checkLeaks } from "../support/leaks.ts";
import { freePort } from "../support/ports.ts";
import { describeWithPython, type PythonPeer, spawnPython } from "../support/python.ts";

const NAME_SERVER = new URL("peers/name_server.py", import.meta.url);
const SERVER = new URL("peers/server.py", import.meta.url);

const directory = mkdtempSync(join(tmpdir(), "bunsen-names-"));
afterAll(() => rmSync(directory, { recursive: true }));

function pythonNameServer(
  generation: number,
  options: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<PythonPeer> {
  const args = [`${generation}`, "-n", "localhost", "-p", "0", "-x", ...options];
  return spawnPython(NAME_SERVER, args, { ready: /^URI = .*:(\d+)$/, env });
}

const at = (peer: PythonPeer): LocateOptions => ({ host: "localhost", port: portOf(peer) });
const portOf = (peer: PythonPeer) => Number(peer.ready?.[1]);

class Laser {
  power(): number {
    return 5;
  }
}
expose(Laser, { power: true });

/** The methods of a client, with whatever name server; it must have no names but its own. */
function everyMethod(locate: () => Promise<NameServerClient>): void {
  checkLeaks();

  beforeEach(async () => {
    await using names = await locate();
    await names.removeMatching({ regex: ".*" });
  });

  it("counts, pings, registers, looks up and removes", async () => {
    await using names = await locate();
    await names.ping();
    expect(await names.count()).toBe(1);
    await names.register("lab.laser", "PYRO:laser@192.0.2.1:4444");
    await names.register("lab.oven", parseUri("PYRO:oven@[2001:db8::1]:5555"));
    await names.register("größe 🔬", "PYRONAME:elsewhere@192.0.2.9");
    expect(await names.count()).toBe(4);
    expect(await names.lookup("lab.laser")).toEqual(parseUri("PYRO:laser@192.0.2.1:4444"));
    expect(`${await names.lookup("lab.oven")}`).toBe("PYRO:oven@[2001:db8::1]:5555");
    expect(`${await names.lookup("größe 🔬")}`).toBe("PYRONAME:elsewhere@192.0.2.9:9090");
    expect(`${await names.lookup("Pyro.NameServer")}`).toBe(names.uri);
    await names.register("lab.laser", "PYRO:laser@192.0.2.2:4444");
    expect(`${await names.lookup("lab.laser")}`).toBe("PYRO:laser@192.0.2.2:4444");
    expect(await names.remove("lab.laser")).toBe(true);
    expect(await names.remove("lab.laser")).toBe(false);
    expect(await names.remove("Pyro.NameServer")).toBe(false);
    expect(await names.count()).toBe(3);
  });

  it("keeps tags, replaces them and finds by all or any of them", async () => {
    await using names = await locate();
    await names.register("a", "PYRO:a@h:1", { metadata: ["light", "red"] });
    await names.register("b", "PYRO:b@h:1", { metadata: new Set(["light"]) });
    await names.register("c", "PYRO:c@h:1", { metadata: ["heat"] });
    await names.register("none", "PYRO:none@h:1");
    const a = await names.lookupWithMetadata("a");
    expect(a).toEqual({ uri: parseUri("PYRO:a@h:1"), metadata: new Set(["light", "red"]) });
    expect((await names.lookupWithMetadata("none")).metadata).toEqual(new Set());
    const found = async (tags: Parameters<NameServerClient["find"]>[0]) =>
      (await names.find(tags)).map(({ name }) => name).sort();
    expect(await found({ all: ["light"] })).toEqual(["a", "b"]);
    expect(await found({ all: ["light", "red", "light"] })).toEqual(["a"]);
    expect(await found({ any: ["red", "heat"] })).toEqual(["a", "c"]);
    expect(await found({ all: ["nothing"] })).toEqual([]);
    expect(await found({ all: [] })).toEqual([]);
    expect(await found({ any: [] })).toEqual([]);
    expect(await names.find({ all: ["red"] })).toEqual([
      { name: "a", uri: "PYRO:a@h:1", metadata: ["light", "red"] },
    ]);
    await names.setMetadata("a", ["blue"]);
    expect((await names.lookupWithMetadata("a")).metadata).toEqual(new Set(["blue"]));
    await names.setMetadata("a", []);
    expect((await names.lookupWithMetadata("a")).metadata).toEqual(new Set());
  });

  it("lists by exact prefix and by regular expression, with tags or without", async () => {
    await using names = await locate();
    for (const name of ["lab.a", "lab.b", "Lab.c", "labxd", "la%", "la_", "lab.(e)"]) {
      await names.register(name, "PYRO:o@h:1", { metadata: [name] });
    }
    const own = "Pyro.NameServer";
    const listed = async (filter: Parameters<NameServerClient["list"]>[0]) =>
      [...(await names.list(filter)).keys()].filter((name) => name !== own).sort();
    expect(await listed({})).toHaveLength(7);
    expect(await listed({ prefix: "" })).toHaveLength(7);
    expect(await listed({ prefix: "lab." })).toEqual(["lab.(e)", "lab.a", "lab.b"]);
    expect(await listed({ prefix: "lab.(" })).toEqual(["lab.(e)"]);
    expect(await listed({ prefix: "la%" })).toEqual(["la%"]);
    expect(await listed({ prefix: "la_" })).toEqual(["la_"]);
    expect(await listed({ prefix: "nothing" })).toEqual([]);
    expect(await listed({ regex: "[lL]ab\\." })).toEqual(["Lab.c", "lab.(e)", "lab.a", "lab.b"]);
    expect(await listed({ regex: "ab" })).toEqual([]);
    const records = await names.listWithMetadata({ prefix: "lab.a" });
    expect(records).toEqual([{ name: "lab.a", uri: "PYRO:o@h:1", metadata: ["lab.a"] }]);
    expect(await names.removeMatching({ prefix: "la_" })).toBe(1);
    expect(await names.removeMatching({ prefix: "LAB" })).toBe(0);
    expect(await names.removeMatching({ prefix: "lab." })).toBe(3);
    expect(await names.removeMatching({ regex: "l.*%" })).toBe(1);
    expect(await listed({})).toEqual(["Lab.c", "labxd"]);
  });

  it("rejects with codes of ours, and advice", async () => {
    await using names = await locate();
    await names.register("taken", "PYRO:o@h:1");
    await expect(names.lookup("nothing")).rejects.toMatchObject({
      name: "NamingError",
      code: "ERR_NAME_UNKNOWN",
      message: expect.stringMatching(/^unknown name: nothing \(at PYRO:Pyro\.NameServer@.*bunsen/),
    });
    await expect(names.lookupWithMetadata("nothing")).rejects.toMatchObject({
      code: "ERR_NAME_UNKNOWN",
    });
    await expect(names.setMetadata("nothing", ["x"])).rejects.toMatchObject({
      code: "ERR_NAME_UNKNOWN",
    });
    const again = names.register("taken", "PYRO:p@h:1", { safe: true });
    await expect(again).rejects.toMatchObject({ code: "ERR_NAME_TAKEN" });
    await expect(names.list({ regex: "(" })).rejects.toMatchObject({ code: "ERR_BAD_REGEX" });
    await expect(names.removeMatching({ regex: "(" })).rejects.toMatchObject({
      code: "ERR_BAD_REGEX",
    });
    await expect(names.register("bad", "nonsense")).rejects.toMatchObject({ code: "ERR_BAD_URI" });
    await expect(names.register("bad", "PYRO:o@h:1", { metadata: "ab" })).rejects.toThrow(
      /tags in an array or a set/,
    );
    await expect(names.find({ all: "ab" })).rejects.toThrow(/tags in an array or a set/);
    expect(`${await names.lookup("taken")}`).toBe("PYRO:o@h:1");
  });

  it("watches what changes", async () => {
    await using names = await locate();
    await names.register("lab.a", "PYRO:a@h:1");
    await names.register("other", "PYRO:a@h:1");
    const events: NameEvent[] = [];
    const watch = names.watch({ prefix: "lab.", intervalMs: 20 });
    const watching = (async () => {
      for await (const event of watch) events.push(event);
    })();
    const seen = (expected: object) => expect.poll(() => events.at(-1)).toMatchObject(expected);
    await seen({ kind: "snapshot", names: [{ name: "lab.a", uri: "PYRO:a@h:1", metadata: [] }] });
    await names.register("lab.b", "PYRO:b@h:1", { metadata: ["y", "x"] });
    await seen({ kind: "registered", name: "lab.b", metadata: ["x", "y"] });
    await names.register("lab.b", "PYRO:b@h:2", { metadata: ["y", "x"] });
    await seen({ kind: "registered", name: "lab.b", uri: "PYRO:b@h:2" });
    await names.setMetadata("lab.b", ["z"]);
    await seen({ kind: "metadata", name: "lab.b", metadata: ["z"] });
    await names.remove("other");
    await names.remove("lab.a");
    await seen({ kind: "removed", name: "lab.a", uri: "PYRO:a@h:1" });
    expect(events).toHaveLength(5);
    await watch.return?.();
    await watching;
  });

  it("ends a watch that waits: by leaving it, by a signal, by closing the client", async () => {
    await using names = await locate();
    const left = names.watch({ intervalMs: 60_000 });
    await left.next();
    const waiting = left.next();
    await left.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });

    const aborting = new AbortController();
    const aborted = names.watch({ intervalMs: 60_000, signal: aborting.signal });
    await aborted.next();
    const rejected = expect(aborted.next()).rejects.toThrow("enough");
    aborting.abort(new Error("enough"));
    await rejected;

    const closed = names.watch({ intervalMs: 60_000 });
    await closed.next();
    const last = closed.next();
    await names.close();
    expect(await last).toEqual({ done: true, value: undefined });
    const signal = AbortSignal.abort("before");
    await expect(names.watch({ signal }).next()).rejects.toBe("before");
  });

  it("finds objects by name and by tags for connect and announce", async () => {
    const names = await locate();
    const { location } = parseUri(names.uri);
    await names.close();
    if (location.kind !== "tcp") throw new Error("expected a name server with a port");
    const { host, port } = location;
    await using daemon = new Daemon();
    await daemon.listen("pyro://localhost:0");
    daemon.register("laser", new Laser());
    const metadata = ["light", "red"];
    const announced = await daemon.announce("laser", "lab.laser", { host, port, metadata });
    for (const uri of ["PYRONAME:lab.laser", "PYROMETA:red,light"]) {
      await using direct = await connect<Laser>(`${uri}@${host}:${port}`);
      expect(await direct.power()).toBe(5);
      await using found = await connect<Laser>(uri, { nameServer: { host, port } });
      expect(await found.power()).toBe(5);
      await using local = await connect<Laser>(uri, { nameServer: { port } });
      expect(await local.power()).toBe(5);
    }
    await announced.close();
    const gone = connect(`PYRONAME:lab.laser@${host}:${port}`);
    await expect(gone).rejects.toMatchObject({ code: "ERR_NAME_UNKNOWN" });
    const untagged = connect(`PYROMETA:red@${host}:${port}`);
    await expect(untagged).rejects.toMatchObject({ code: "ERR_NAME_UNKNOWN", retry: "later" });
  });

  it("follows a name to a name, but not in a circle", async () => {
    await using names = await locate();
    await using daemon = new Daemon();
    await daemon.listen("pyro://localhost:0");
    const { uri } = daemon.register("laser", new Laser());
    const where = names.uri.slice(names.uri.indexOf("@"));
    await names.register("direct", uri, { metadata: ["tag"] });
    await names.register("alias", `PYRONAME:direct${where}`);
    await names.register("by tag", `PYROMETA:tag${where}`);
    await names.register("circle", `PYRONAME:circle${where}`);
    await using alias = await connect<Laser>(`PYRONAME:alias${where}`);
    expect(await alias.power()).toBe(5);
    const circle = connect(`PYRONAME:circle${where}`);
    await expect(circle).rejects.toMatchObject({ code: "ERR_NAME_LOOP" });
  });
}

describe("our client with our name server", () => {
  let port: number;
  const storage = `sql:${join(directory, "ours.sql")}`;
  describe.each(["memory", storage])("with storage %#", (kind) => {
    let close: () => Promise<void>;
    beforeAll(async () => {
      const names = await startNameServer({ port: 0, broadcastPort: false, storage: kind });
      if (names.uri.location.kind === "tcp") port = names.uri.location.port;
      close = names.close;
    });
    afterAll(() => close());
    everyMethod(() => locateNameServer({ host: "localhost", port }));
  });
});

describeWithPython.each([5, 4])("our client with the name server of Pyro%i", (generation) => {
  const sql = ["-s", `sql:${join(directory, `python${generation}.sql`)}`];
  describe.each([
    ["in memory", []],
    ["in SQL", sql],
  ])("%s", (_, options) => {
    let peer: PythonPeer;
    beforeAll(async () => {
      peer = await pythonNameServer(generation, options);
    });
    afterAll(() => peer[Symbol.asyncDispose]());
    everyMethod(() => locateNameServer(at(peer)));

    it.each(["serpent", "json", "marshal", "msgpack"] as const)(
      "speaks %s to it where the user wishes",
      async (serializer) => {
        const env = { PYRO_SERIALIZERS_ACCEPTED: "serpent,json,marshal,msgpack" };
        await using own = await pythonNameServer(generation, [], generation === 4 ? env : {});
        await using names = await locateNameServer({ ...at(own), channel: { serializer } });
        await names.register("a", "PYRO:a@h:1", { metadata: ["x"] });
        expect(`${await names.lookup("a")}`).toBe("PYRO:a@h:1");
        expect((await names.list()).get("a")).toBe("PYRO:a@h:1");
        expect(await names.find({ all: ["x"] })).toEqual([
          { name: "a", uri: "PYRO:a@h:1", metadata: ["x"] },
        ]);
      },
    );
  });

  it("connects to an object that Python registered, by its name", async () => {
    await using peer = await pythonNameServer(generation);
    await using server = await spawnPython(SERVER, [`${generation}`], { ready: /READY/ });
    await using names = await locateNameServer(at(peer));
    await names.register("thing", server.lines[0] as string);
    await using thing = await connect<{ add(a: number, b: number): number }>(
      `PYRONAME:thing@localhost:${portOf(peer)}`,
    );
    expect(await thing.add(40, 2)).toBe(42);
  });

  it("finds it by broadcast", async () => {
    const bcport = await freePort();
    const args = [`${generation}`, "-n", "0.0.0.0", "-p", "0", "--bcport", `${bcport}`];
    await using peer = await spawnPython(NAME_SERVER, args, { ready: /^URI = .*:(\d+)$/ });
    await using names = await locateNameServer({
      port: await freePort(),
      broadcast: { addresses: ["127.255.255.255"], port: bcport },
    });
    expect(names.uri).toBe(`PYRO:Pyro.NameServer@127.0.0.1:${portOf(peer)}`);
    await names.ping();
  });

  it("rejects a watch when the name server is gone", async () => {
    await using peer = await pythonNameServer(generation);
    await using names = await locateNameServer(at(peer));
    const watch = names.watch({ intervalMs: 10 });
    await watch.next();
    peer.kill("SIGKILL");
    await expect(watch.next()).rejects.toMatchObject({
      name: expect.stringMatching(/Closed|Communication/),
    });
    expect(await watch.next()).toMatchObject({ done: true });
  });
});

describe("a name server that cannot be used", () => {
  checkLeaks();
  const nowhere = { broadcast: { addresses: ["127.255.255.255"], attempts: 1, waitMs: 50 } };

  async function serverOf(server: Server): Promise<AsyncDisposable & { port: number }> {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    return { port, [Symbol.asyncDispose]: async () => void server.close() };
  }

  it("is told to be missing where nothing listens", async () => {
    const port = await freePort();
    await expect(locateNameServer({ host: "127.0.0.1", port })).rejects.toMatchObject({
      name: "NamingError",
      code: "ERR_NO_NAME_SERVER",
      retry: "later",
      message: expect.stringMatching(
        /^no name server answers at PYRO:Pyro\.NameServer@127\.0\.0\.1:\d+: .*ECONNREFUSED.*bunsen ns/,
      ),
      cause: { code: "ERR_CONNECT" },
    });
  });

  it("is told to have been searched by broadcast too", async () => {
    const port = await freePort();
    const broadcast = { ...nowhere.broadcast, port: await freePort() };
    await expect(locateNameServer({ port, broadcast })).rejects.toMatchObject({
      code: "ERR_NO_NAME_SERVER",
      message: expect.stringMatching(/ECONNREFUSED.*and none answered a broadcast$/),
    });
    await expect(locateNameServer({ port, broadcast: false })).rejects.toMatchObject({
      message: expect.not.stringContaining("broadcast"),
    });
  });

  it("is told to be something else where a web server answers", async () => {
    await using web = await serverOf(createHttpServer((_, response) => response.end("hello")));
    await expect(locateNameServer({ host: "127.0.0.1", port: web.port })).rejects.toMatchObject({
      code: "ERR_NO_NAME_SERVER",
      message: expect.stringMatching(/cannot be used: .*HTTP/),
    });
  });

  it("is told to be something else where it says something else", async () => {
    const mail = createServer((socket) => socket.resume().end("220 mail.example.org ESMTP\r\n"));
    await using server = await serverOf(mail);
    await expect(locateNameServer({ host: "127.0.0.1", port: server.port })).rejects.toMatchObject({
      code: "ERR_NO_NAME_SERVER",
      message: expect.stringMatching(/cannot be used: .*220 m/),
    });
  });

  it("is told to say nothing where it accepts and is silent", async () => {
    const sockets: AsyncDisposableStack = new AsyncDisposableStack();
    await using _ = sockets;
    const silent = createServer((socket) => void sockets.defer(() => void socket.destroy()));
    await using server = await serverOf(silent);
    const located = locateNameServer({ host: "127.0.0.1", port: server.port, timeout: 100 });
    await expect(located).rejects.toMatchObject({
      code: "ERR_NO_NAME_SERVER",
      message: expect.stringMatching(
        /cannot be used: .*did not answer the handshake within 100 ms/,
      ),
      cause: { code: "ERR_HANDSHAKE_TIMEOUT" },
    });
  });

  it("is told to close the connection where it does", async () => {
    await using server = await serverOf(createServer((socket) => socket.destroy()));
    await expect(locateNameServer({ host: "127.0.0.1", port: server.port })).rejects.toMatchObject({
      code: "ERR_NO_NAME_SERVER",
      message: expect.stringMatching(/cannot be used: .*(closed|lost|ECONNRESET)/),
    });
  });

  it("is told to be a daemon without names", async () => {
    await using daemon = new Daemon({ logger: SILENT });
    daemon.register("laser", new Laser());
    const { address } = await daemon.listen("pyro://127.0.0.1:0");
    const port = Number(address.split(":")[1]);
    await expect(locateNameServer({ host: "127.0.0.1", port })).rejects.toMatchObject({
      code: "ERR_NO_NAME_SERVER",
      message: expect.stringMatching(/cannot be used: .*unknown object/),
      cause: { code: "ERR_HANDSHAKE_REFUSED" },
    });
  });

  it("is told to refuse the handshake, in the words of who refused", async () => {
    await using daemon = new Daemon({ logger: SILENT });
    daemon.register("Pyro.NameServer", new Laser());
    daemon.validateHandshake(() => {
      throw new Error("members only");
    });
    const { address } = await daemon.listen("pyro://127.0.0.1:0");
    const port = Number(address.split(":")[1]);
    await expect(locateNameServer({ host: "127.0.0.1", port })).rejects.toMatchObject({
      code: "ERR_NO_NAME_SERVER",
      message: expect.stringMatching(/cannot be used: .*members only/),
    });
  });

  it("is told to have a host name that does not resolve", async () => {
    await expect(locateNameServer({ host: "no-such-host.invalid" })).rejects.toMatchObject({
      code: "ERR_NO_NAME_SERVER",
      message: expect.stringMatching(/does not resolve/),
    });
  });

  it("is the reason that connect gives", async () => {
    const port = await freePort();
    await expect(connect(`PYRONAME:lab.laser@127.0.0.1:${port}`)).rejects.toMatchObject({
      code: "ERR_NO_NAME_SERVER",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });
});
