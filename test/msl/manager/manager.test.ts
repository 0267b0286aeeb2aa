import { mkdtempDisposableSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Logger } from "../../../src/log.ts";
import { ManagerDatabase } from "../../../src/msl/manager/database.ts";
import { Manager } from "../../../src/msl/manager/manager.ts";
import type { ManagerOptions } from "../../../src/msl/manager/options.ts";
import { checkLeaks } from "../../support/leaks.ts";
import { RawPeer } from "./raw-peer.ts";

checkLeaks();

const start = (options: ManagerOptions = {}) =>
  Manager.start({ port: 0, disableTls: true, database: ":memory:", ...options });

const request = (service: string, attribute: string, uid: unknown, more: object = {}) => ({
  service,
  attribute,
  args: [],
  kwargs: {},
  uid,
  error: false,
  ...more,
});

/** So many arrays in one another. */
const deep = (levels: number): unknown => (levels === 0 ? [] : [deep(levels - 1)]);

/** A logger that keeps what it is told. */
function recorder(): { lines: string[]; logger: Logger } {
  const lines: string[] = [];
  const note = (_: object, message: string) => void lines.push(message);
  return { lines, logger: { debug: note, info: note, warn: note, error: note } };
}

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !condition(); turn++) await sleep(5);
  expect(condition()).toBe(true);
}

describe("a line that is no message", () => {
  it.each([
    ["blank", "\r\n"],
    ["a word", "hello\r\n"],
    ["broken JSON", '{"a": \r\n'],
    ["a scalar", "12\r\n"],
    ["an array", "[]\r\n"],
    ["an object without a service", '{"attribute":"a"}\r\n'],
    ["an object without an attribute", '{"service":"Calc"}\r\n'],
    ["a name that is no text", '{"service":1,"attribute":"a"}\r\n'],
    ["args that are none", '{"service":"Manager","attribute":"link","args":1}\r\n'],
    ["invalid UTF-8", Buffer.from([0x7b, 0xff, 0x0a])],
    ["too many brackets", `${"[".repeat(5000)}\r\n`],
    [
      "half a surrogate pair",
      '{"service":"Calc","attribute":"a","args":["\\ud800"],"uid":"x"}\r\n',
    ],
  ])("is answered with an error, and the connection goes on: %s", async (_, line) => {
    await using manager = await start();
    await using _calc = await RawPeer.service(manager.port, "Calc");
    await using client = await RawPeer.client(manager.port);
    if (typeof line === "string") client.send(line);
    else client.bytes(line);
    expect(await client.nextMessage()).toMatchObject({
      error: true,
      message: expect.stringMatching(/^(ValueError|UnicodeEncodeError): /),
      result: null,
      traceback: [],
    });
    client.send(request("Manager", "identity", "after"));
    expect(await client.nextMessage()).toMatchObject({ error: false, uid: "after" });
  });

  it("tells the id of the request that it cannot read", async () => {
    await using manager = await start();
    await using client = await RawPeer.client(manager.port);
    client.send('{"service":"Manager","attribute":"link","args":1,"uid":"7"}\r\n');
    expect(await client.nextMessage()).toMatchObject({ error: true, uid: "7", uuid: "7" });
  });

  it.each([
    ["args that go too deep", `{"args":${JSON.stringify(deep(250))},"uid":"7",`, "7"],
    ["an integer that is too long", `{"args":[${"9".repeat(5000)}],"uid":"7",`, "7"],
    ["an id that goes too deep", `{"uid":${JSON.stringify(deep(250))},`, null],
  ])("tells the id of a request that a service could not read: %s", async (_, head, uid) => {
    await using manager = await start();
    await using _calc = await RawPeer.service(manager.port, "Calc");
    await using client = await RawPeer.client(manager.port);
    for (const service of ["Calc", "Manager"]) {
      client.send(`${head}"service":"${service}","attribute":"link"}\r\n`);
      expect(await client.nextMessage()).toMatchObject({
        error: true,
        uid,
        message: expect.stringContaining("the message cannot be passed on"),
      });
    }
  });

  it("is not parsed where it is long and for the manager itself", async () => {
    await using manager = await start();
    await using client = await RawPeer.client(manager.port);
    client.send(request("Manager", "link", "7", { args: ["x".repeat(300_000)] }));
    expect(await client.nextMessage()).toMatchObject({
      error: true,
      uid: "7",
      message: expect.stringContaining("a request to the Manager has at most 262144 bytes"),
    });
  });

  it("closes the connection where it is too long, before it has ended", async () => {
    await using manager = await start({ maxMessageBytes: 1000 });
    await using client = await RawPeer.client(manager.port);
    client.send("x".repeat(1001));
    expect(await client.nextMessage()).toMatchObject({
      error: true,
      message:
        "ValueError: a line is longer than maxMessageBytes (1000); raise it, or send less at once",
    });
    await client.ended();
    // The name can be used again at once.
    await using _again = await RawPeer.client(manager.port);
  });

  it("may be as long as the limit", async () => {
    await using manager = await start({ maxMessageBytes: 1000 });
    await using client = await RawPeer.client(manager.port);
    const line = JSON.stringify(request("Manager", "identity", "1"));
    client.send(`${line.padEnd(1000)}\n`);
    expect(await client.nextMessage()).toMatchObject({ error: false, uid: "1" });
  });

  it("is judged more strictly before the peer said who it is", async () => {
    await using manager = await start({ maxHandshakeBytes: 100 });
    await using peer = await RawPeer.connect(manager.port);
    await peer.nextLine();
    peer.send("x".repeat(101));
    expect(await peer.nextMessage()).toMatchObject({ error: true });
    await peer.ended();
  });
});

describe("the handshake", () => {
  it("takes answers in one segment with what follows", async () => {
    await using manager = await start({ authPassword: "open sesame" });
    await using peer = await RawPeer.connect(manager.port);
    const identity = JSON.stringify({ result: { type: "client", name: "Fast" } });
    peer.send(`open sesame\n${identity}\n${JSON.stringify(request("Manager", "identity", 1))}\n`);
    expect(await peer.nextMessage()).toMatchObject({ attribute: "password" });
    expect(await peer.nextMessage()).toMatchObject({ attribute: "identity" });
    expect(await peer.nextMessage()).toMatchObject({ error: false, uid: 1 });
  });

  it("asks a client of 0.5 for the manager's password under the name that its managers had", async () => {
    await using manager = await start({ authPassword: "open sesame" });
    await using peer = await RawPeer.connect(manager.port);
    expect(await peer.nextMessage()).toMatchObject({ args: [`Manager[${manager.address}]`] });
    peer.send({ result: "of the user", requester: "", uuid: "", error: false });
    expect(await peer.nextMessage()).toMatchObject({
      attribute: "password",
      args: [manager.address],
    });
    peer.send({ result: "open sesame", requester: "", uuid: "", error: false });
    expect(await peer.nextMessage()).toMatchObject({ attribute: "identity" });
  });

  it("closes where nothing is answered, and says so in the log of connections", async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), "bunsen-msl-"));
    const database = join(folder.path, "manager.sqlite3");
    await using manager = await start({ authPassword: "x", database });
    for (const answer of ["\r\n", '{"result": ""}\r\n', '{"result": null}\r\n']) {
      await using peer = await RawPeer.connect(manager.port);
      await peer.nextLine();
      peer.send(answer);
      expect(await peer.ended()).toBe("");
    }
    using read = await ManagerDatabase.open(database);
    const rows = read.connections.list().map(({ message }) => message);
    expect(rows.filter((row) => row.includes("before receiving the password"))).toHaveLength(3);
  });

  it.each([
    [
      "a type that is none",
      { type: "robot", name: "X" },
      `TypeError: Unknown connection type 'robot'. Must be "client" or "service"`,
    ],
    ["no name", { type: "client" }, "KeyError: 'name'"],
    ["a service without attributes", { type: "service", name: "S" }, "KeyError: 'attributes'"],
    ["a name that is no text", { type: "client", name: 5 }, "TypeError: The name must be a text"],
    ["a name without end", { type: "client", name: "x".repeat(257) }, "of at most 256 characters"],
    [
      "the manager's name",
      { type: "service", name: "Manager", attributes: {} },
      "NameError: A service cannot be called 'Manager'",
    ],
    [
      "a name that is taken",
      { type: "service", name: "Calc", attributes: {} },
      "NameError: A 'Calc' service is already running on the Manager",
    ],
    [
      "half a surrogate pair",
      { type: "client", name: "\ud800" },
      "ValueError: The identity cannot be passed on: ",
    ],
    [
      "attributes that are too deep",
      { type: "service", name: "S", attributes: { deep: deep(196) } },
      "nested deeper than 200 levels",
    ],
    [
      "a type that is no text",
      { type: { toString: 1 }, name: "X" },
      "TypeError: Unknown connection type ''",
    ],
    ["no object", "nonsense", "TypeError: 'NoneType' object is not subscriptable"],
  ])("refuses %s, and closes", async (_, identity, message) => {
    await using manager = await start();
    await using _calc = await RawPeer.service(manager.port, "Calc");
    await using peer = await RawPeer.connect(manager.port);
    await peer.nextLine();
    peer.send({ result: identity });
    expect(await peer.nextMessage()).toMatchObject({
      error: true,
      message: expect.stringContaining(message),
      uid: "",
      requester: `Manager[${manager.address}]`,
    });
    await peer.ended();
  });

  it("ends after handshakeTimeoutMs; a peer that was let in may be silent for ever", async () => {
    await using manager = await start({ handshakeTimeoutMs: 1000 });
    await using known = await RawPeer.client(manager.port);
    await using silent = await RawPeer.connect(manager.port);
    await silent.ended();
    known.send(request("Manager", "identity", "1"));
    expect(await known.nextMessage()).toMatchObject({ uid: "1" });
  });

  it("ends where an answer is no text, or cannot be one", async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), "bunsen-msl-"));
    const database = join(folder.path, "manager.sqlite3");
    using users = await ManagerDatabase.open(database);
    await users.users.add("12345", "67890");
    await using manager = await start({ authLogin: true, database });
    for (const answer of [{ toString: 1 }, ["alice"], "\ud800"]) {
      await using peer = await RawPeer.connect(manager.port);
      await peer.nextLine();
      peer.send({ result: answer });
      expect(await peer.ended()).toBe("");
    }
    // Somebody may have typed a number.
    await using typed = await RawPeer.connect(manager.port);
    typed.send("12345\n67890\nclient\n");
    for (const attribute of ["username", "password", "identity"]) {
      expect(await typed.nextMessage()).toMatchObject({ attribute });
    }
    typed.send("identity\n");
    expect(await typed.nextMessage()).toMatchObject({ error: false, uid: "" });
  });

  it("refuses more connections than maxConnections", async () => {
    await using manager = await start({ maxConnections: 1 });
    await using _one = await RawPeer.client(manager.port);
    await using two = await RawPeer.connect(manager.port);
    expect(await two.ended()).toBe("");
  });
});

describe("routing", () => {
  it("adds who asks, and the other release's key, and changes nothing else", async () => {
    await using manager = await start();
    await using service = await RawPeer.service(manager.port, "Calc");
    await using client = await RawPeer.client(manager.port, "Alice");
    const name = `Alice[${hostname()}:${client.port}]`;
    client.send(
      '{"service" : "Calc","attribute":"a", "args":[1e5,"\\u00e9", NaN],"uid":7,"more":{}}\n',
    );
    expect(await service.nextLine()).toBe(
      `{"requester": "${name}", "uuid": 7, "service" : "Calc","attribute":"a", "args":[1e5,"\\u00e9", NaN],"uid":7,"more":{}}`,
    );
    service.send(`{"result":[1.0, NaN] ,"requester":"${name}","uid":7}  \r\n`);
    expect(await client.nextLine()).toBe(
      `{"error": false, "uuid": 7, "result":[1.0, NaN] ,"requester":"${name}","uid":7}`,
    );
  });

  it("lets nobody speak as somebody else", async () => {
    await using manager = await start();
    await using service = await RawPeer.service(manager.port, "Calc");
    await using client = await RawPeer.client(manager.port, "Alice");
    client.send(request("Calc", "a", "1", { requester: "Bob[x:1]" }));
    expect(await service.nextMessage()).toMatchObject({
      requester: `Alice[${hostname()}:${client.port}]`,
    });
  });

  it("passes on only what somebody waits for, from whom it was asked", async () => {
    await using manager = await start();
    await using service = await RawPeer.service(manager.port, "Calc");
    await using other = await RawPeer.service(manager.port, "Other");
    await using client = await RawPeer.client(manager.port, "Alice");
    await using evil = await RawPeer.client(manager.port, "Evil");
    const requester = `Alice[${hostname()}:${client.port}]`;
    client.send(request("Calc", "a", "1"));
    await service.nextLine();
    const reply = (uid: string, result: unknown) => ({ result, requester, uid, error: false });
    evil.send(reply("1", "from a client"));
    other.send(reply("1", "from another service"));
    service.send(reply("2", "not asked for"));
    service.send({ result: [[], {}], service: "Other", uid: "notification", error: false });
    await sleep(50);
    service.send(reply("1", "the answer"));
    service.send(reply("1", "twice"));
    client.send(request("Manager", "identity", "end"));
    expect(await client.nextMessage()).toMatchObject({ result: "the answer" });
    expect(await client.nextMessage()).toMatchObject({ uid: "end" });
  });

  it("knows an id again, however a service spells it", async () => {
    await using manager = await start();
    await using service = await RawPeer.service(manager.port, "Calc");
    await using client = await RawPeer.client(manager.port, "Alice");
    const requester = `Alice[${hostname()}:${client.port}]`;
    for (const [asked, answered] of [
      ['"é"', '"\\u00e9"'],
      ["1", "1.0"],
      ["null", "null"],
      ['{"a": [1]}', '{"a":[1]}'],
    ]) {
      client.send(`{"service":"Calc","attribute":"a","uid":${asked}}\n`);
      await service.nextLine();
      service.send(`{"result":1,"requester":"${requester}","uid":${answered}}\n`);
      expect(await client.nextMessage()).toMatchObject({ result: 1 });
    }
  });

  it("completes an error that lacks what Python's clients insist on", async () => {
    await using manager = await start();
    await using service = await RawPeer.service(manager.port, "Calc");
    await using client = await RawPeer.client(manager.port, "Alice");
    client.send(request("Calc", "a", "1"));
    const { requester } = await service.nextMessage();
    service.send({ error: true, requester, uid: "1", traceback: "none" });
    expect(await client.nextMessage()).toEqual({
      error: true,
      message: "",
      traceback: [],
      result: null,
      requester,
      uid: "1",
      uuid: "1",
    });
  });

  it.each([
    [{ message: 42 }, { message: "42", traceback: [] }],
    [{ message: { a: [1] } }, { message: '{"a":[1]}', traceback: [] }],
    [
      { message: null, traceback: null },
      { message: "null", traceback: [] },
    ],
    [
      { message: "no", traceback: ["a", 1] },
      { message: "no", traceback: [] },
    ],
    [
      { message: "no", traceback: [["a"]] },
      { message: "no", traceback: [] },
    ],
    [
      { message: "no", traceback: ["a", "b"] },
      { message: "no", traceback: ["a", "b"] },
    ],
  ])("makes an error what Python's clients can show: %j", async (sent, read) => {
    await using manager = await start();
    await using service = await RawPeer.service(manager.port, "Calc");
    await using client = await RawPeer.client(manager.port, "Alice");
    client.send(request("Calc", "a", "1"));
    const { requester } = await service.nextMessage();
    service.send({ error: true, requester, uid: "1", result: null, ...sent });
    expect(await client.nextMessage()).toMatchObject({ error: true, uid: "1", ...read });
  });

  it("tells who waits for it that an answer cannot be read", async () => {
    await using manager = await start();
    await using service = await RawPeer.service(manager.port, "Calc");
    await using client = await RawPeer.client(manager.port, "Alice");
    for (const uid of ["1", "2", "3"]) client.send(request("Calc", "a", uid));
    const { requester } = await service.nextMessage();
    while ((await service.nextMessage()).uid !== "3");
    service.send({ error: false, requester, result: deep(250), uid: "2" });
    expect(await client.nextMessage()).toMatchObject({
      error: true,
      uid: "2",
      message: expect.stringContaining("more than 200 brackets"),
    });
    // Blank lines are nobody's answer; others without an id may be anybody's.
    service.send("\n");
    service.send('{"result": 1, \n');
    const told = [await client.nextMessage(), await client.nextMessage()];
    expect(told).toMatchObject([
      { error: true, uid: "1", message: expect.stringContaining("cannot be passed on") },
      { error: true, uid: "3" },
    ]);
    client.send(request("Calc", "a", "4"));
    while ((await service.nextMessage()).uid !== "4");
    service.send({ error: false, requester, result: "still here", uid: "4" });
    expect(await client.nextMessage()).toMatchObject({ uid: "4", result: "still here" });
  });

  it("keeps the identities of all together within maxIdentitiesBytes", async () => {
    await using manager = await start({ maxIdentitiesBytes: 2000 });
    const big = { attributes: { units: "x".repeat(1500) } };
    await using client = await RawPeer.client(manager.port, "Alice");
    await using first = await RawPeer.service(manager.port, "First", big);
    const second = { type: "service", name: "Second", ...big };
    await using refused = await RawPeer.identified(manager.port, second);
    expect(await refused.nextMessage()).toMatchObject({
      error: true,
      message: expect.stringMatching(/^OverflowError: .* at most 2000 bytes/),
    });
    await refused.ended();
    first.end();
    await until(() => manager.connections === 1);
    await using again = await RawPeer.service(manager.port, "Second", big);
    again.send(request("Manager", "identity", "1"));
    const { result } = await again.nextMessage();
    expect(result).toEqual(manager.identity());
    expect(Object.keys(result.services)).toEqual(["Second"]);
    client.send("identity\n");
    expect((await client.nextMessage()).result).toEqual(manager.identity());
  });

  it("tells clients that a service has gone, with the ids of their requests", async () => {
    await using manager = await start();
    const service = await RawPeer.service(manager.port, "Calc");
    await using client = await RawPeer.client(manager.port);
    client.send(request("Calc", "a", "1"));
    client.send(request("Calc", "b", 2));
    await service.nextLine();
    await service[Symbol.asyncDispose]();
    const text = `ConnectionAbortedError: the 'Calc' Service disconnected from Manager[${manager.address}] before it replied`;
    expect(await client.nextMessage()).toMatchObject({ error: true, message: text, uid: "1" });
    expect(await client.nextMessage()).toMatchObject({ error: true, message: text, uid: 2 });
    client.send(request("Calc", "a", "3"));
    expect(await client.nextMessage()).toMatchObject({
      message: `KeyError: "the 'Calc' Service is not connected to Manager[${manager.address}]"`,
      uid: "3",
    });
    await using _again = await RawPeer.service(manager.port, "Calc");
  });

  it("bounds the requests of a client that wait", async () => {
    await using manager = await start({ maxUnanswered: 2 });
    await using service = await RawPeer.service(manager.port, "Calc");
    await using client = await RawPeer.client(manager.port);
    for (const uid of ["1", "2", "3"]) client.send(request("Calc", "a", uid));
    expect(await client.nextMessage()).toMatchObject({
      message: "OverflowError: 2 requests wait for replies, as many as may",
      uid: "3",
    });
    const { requester } = await service.nextMessage();
    service.send({ result: 1, requester, uid: "1" });
    expect(await client.nextMessage()).toMatchObject({ uid: "1" });
    client.send(request("Calc", "a", "4"));
    await service.nextMessage();
    expect(await service.nextMessage()).toMatchObject({ uid: "4" });
  });

  it("sends a peer of 0.5 one message a segment", async () => {
    await using manager = await start();
    await using service = await RawPeer.connect(manager.port);
    await service.nextLine();
    service.send({
      result: { type: "service", name: "Old", attributes: {} },
      requester: manager.address,
      uuid: "",
      error: false,
    });
    await using client = await RawPeer.client(manager.port);
    for (let uid = 0; uid < 20; uid++) client.send(request("Old", "a", uid));
    for (let uid = 0; uid < 20; uid++) {
      expect(await service.nextMessage()).toMatchObject({ uuid: uid });
    }
    for (const segment of service.segments) expect(segment).toMatch(/^[^\n]*\r\n$/);
  });

  it("passes on notifications that clients can read", async () => {
    const { lines, logger } = recorder();
    await using manager = await start({ logger });
    await using service = await RawPeer.service(manager.port, "Calc");
    await using client = await RawPeer.client(manager.port);
    client.send(request("Manager", "link", "1", { args: ["Calc"] }));
    await client.nextMessage();
    const notification = (result: unknown) => ({ result, service: "Calc", uid: "notification" });
    service.send(notification([1]));
    service.send(notification([["x".repeat(300_000)]]));
    service.send(notification([[], {}, []]));
    service.send(notification([[], [{}]]));
    service.send(notification({ args: [], kwargs: {} }));
    service.send({ ...notification([[], {}]), error: true });
    service.send(notification([[1], { a: 2 }]));
    expect(await client.nextMessage()).toEqual({
      ...notification([[1], { a: 2 }]),
      uuid: "notification",
      error: false,
    });
    expect(lines).toContain("a notification without [args, kwargs]: not passed on");
  });

  it("refuses requests of services: their peers could not take the reply", async () => {
    const { lines, logger } = recorder();
    await using manager = await start({ logger });
    await using calc = await RawPeer.service(manager.port, "Calc");
    await using other = await RawPeer.service(manager.port, "Other");
    other.send(request("Calc", "a", "1"));
    await until(() => lines.includes("a service sent a request: not passed on"));
    other.send(request("Manager", "link", "2", { args: ["Calc"] }));
    expect(await other.nextMessage()).toMatchObject({ error: true, uid: "2" });
    expect(calc.segments.join("")).not.toContain('"a"');
  });
});

describe("a slow peer", () => {
  const big = (bytes: number) => "x".repeat(bytes);

  it("does not hold others up, nor the service that it asked", async () => {
    await using manager = await start({ maxPendingBytes: 100_000 });
    await using service = await RawPeer.service(manager.port, "Calc");
    await using slow = await RawPeer.client(manager.port, "Slow");
    await using quick = await RawPeer.client(manager.port, "Quick");
    slow.send(request("Calc", "a", "1"));
    const { requester } = await service.nextMessage();
    slow.pause();
    service.send({ result: big(20_000_000), requester, uid: "1", error: false });
    for (let uid = 0; uid < 50; uid++) {
      quick.send(request("Calc", "b", uid));
      const asked = await service.nextMessage();
      service.send({ result: uid, requester: asked.requester, uid: asked.uid, error: false });
      expect(await quick.nextMessage()).toMatchObject({ result: uid });
    }
    slow.resume();
    expect((await slow.nextMessage()).result).toHaveLength(20_000_000);
  });

  it("that asks without reading is not read from", async () => {
    await using manager = await start({ maxPendingBytes: 10_000 });
    await using client = await RawPeer.client(manager.port);
    client.pause();
    for (let uid = 0; uid < 50_000; uid++) client.send(request("Manager", "identity", uid));
    await sleep(200);
    client.resume();
    for (let uid = 0; uid < 50_000; uid += 1) await client.nextLine();
    client.send(request("Manager", "identity", "end"));
    expect(await client.nextMessage()).toMatchObject({ uid: "end" });
  }, 60_000);

  it("that falls more than maxQueuedBytes behind is disconnected", async () => {
    const { lines, logger } = recorder();
    await using manager = await start({ maxQueuedBytes: 5_000_000, logger });
    await using service = await RawPeer.service(manager.port, "Calc");
    await using client = await RawPeer.client(manager.port);
    client.send(request("Manager", "link", "1", { args: ["Calc"] }));
    await client.nextMessage();
    client.pause();
    const notification = { result: [[big(1_000_000)], {}], service: "Calc", uid: "notification" };
    for (let turn = 0; turn < 30; turn++) service.send(notification);
    await until(() => lines.some((line) => line.includes("does not read")));
    // The service goes on.
    service.send(request("Manager", "identity", "1"));
    expect(await service.nextMessage()).toMatchObject({ uid: "1" });
  });

  it("that is a service gets no more requests, and its clients are told", async () => {
    await using manager = await start({ maxQueuedBytes: 1_000_000 });
    await using service = await RawPeer.service(manager.port, "Calc");
    await using greedy = await RawPeer.client(manager.port, "Greedy");
    await using modest = await RawPeer.client(manager.port, "Modest");
    service.pause();
    greedy.send(request("Calc", "a", "1", { args: [big(20_000_000)] }));
    let refused: { message?: string; uid?: string } = {};
    for (let turn = 0; turn < 100 && refused.message === undefined; turn++) {
      await sleep(10);
      modest.send(request("Calc", "a", `${turn}`));
      modest.send(request("Manager", "identity", "end"));
      const answer = await modest.nextMessage();
      if (answer.error) refused = answer;
      if (answer.error) await modest.nextMessage();
    }
    expect(refused.message).toBe(
      "OverflowError: the 'Calc' Service does not read what is sent to it",
    );
    service.resume();
    // Those of the modest one that were quicker come first.
    let asked = await service.nextMessage();
    while (asked.args.length === 0) asked = await service.nextMessage();
    expect(asked.args[0]).toHaveLength(20_000_000);
  });

  it("that holds most of the memory goes, where all together hold too much", async () => {
    const { lines, logger } = recorder();
    await using manager = await start({ maxHeldBytes: 5_000_000, logger });
    await using modest = await RawPeer.client(manager.port, "Modest");
    await using greedy = await RawPeer.client(manager.port, "Greedy");
    modest.send(`{"service":"Calc","args":["${big(2_000_000)}`);
    greedy.send(`{"service":"Calc","args":["${big(20_000_000)}`);
    await greedy.ended();
    expect(lines.some((line) => /^Greedy.* over maxHeldBytes \(5000000\)$/.test(line))).toBe(true);
    modest.send('"],"attribute":"a","uid":"1"}\n');
    expect(await modest.nextMessage()).toMatchObject({ uid: "1", error: true });
  });
});

describe("a manager", () => {
  it("stops once, and tells everybody by closing", async () => {
    const manager = await start();
    await using client = await RawPeer.client(manager.port);
    await using service = await RawPeer.service(manager.port, "Calc");
    client.send(request("Calc", "a", "1"));
    await service.nextLine();
    expect(manager.connections).toBe(2);
    await Promise.all([manager.close(), manager.close(), manager.closed]);
    expect(await client.ended()).toBe("");
    expect(await service.ended()).toBe("");
  });

  it("refuses a TLS client where TLS is off, and goes on", async () => {
    await using manager = await start();
    await using tls = await RawPeer.connect(manager.port);
    await tls.nextLine();
    tls.bytes(Buffer.from("16030100fa010000f60303", "hex"));
    await tls.ended();
    await using _client = await RawPeer.client(manager.port);
  });

  it.each([
    [
      "two ways to authenticate",
      { authPassword: "x", authLogin: true },
      "multiple authentication methods",
    ],
    ["an empty password", { authPassword: "" }, "`authPassword` is empty"],
    ["a login that nobody could make", { authLogin: true }, "no one could log in"],
  ])("does not start with %s", async (_, options, text) => {
    await expect(start(options)).rejects.toMatchObject({
      code: "ERR_BAD_OPTION",
      message: expect.stringContaining(text),
    });
  });
});
