import { createSocket } from "node:dgram";
import { describe, expect, it } from "vitest";
import {
  BroadcastResponder,
  broadcastLookup,
  broadcastRefusal,
} from "../../src/names/broadcast.ts";
import { parseLocation, parseUri } from "../../src/pyro/uri.ts";
import { fromHex, vectors } from "../support/vectors.ts";

const URI = parseUri("PYRO:Pyro.NameServer@192.0.2.1:9090");
const listen = (uri = URI) => BroadcastResponder.listen({ uri, host: "127.0.0.1", port: 0 });

/** Sends datagrams in order and collects the answers that come until one to the last arrives. */
async function exchange(port: number, requests: Uint8Array[]): Promise<string[]> {
  const socket = createSocket("udp4");
  const answers: string[] = [];
  const expected = requests.filter((request) => `${Buffer.from(request)}` === "GET_NSURI").length;
  const done = new Promise<void>((resolve) => {
    socket.on("message", (message) => {
      if (answers.push(message.toString("latin1")) === expected) resolve();
    });
  });
  for (const request of requests) socket.send(request, port, "127.0.0.1");
  await done;
  socket.close();
  return answers;
}

describe("the broadcast responder (spec, section 12.5)", () => {
  it("answers GET_NSURI with its URI and ignores every other datagram", async () => {
    await using responder = await listen();
    const others = ["get_nsuri", "GET_NSURI\n", "GET_NSUR", "", "x".repeat(2000)];
    const requests = [...others, "GET_NSURI"].map((text) => Buffer.from(text));
    expect(await exchange(responder.address.port, requests)).toEqual([`${URI}`]);
  });

  it.each(["pyro4", "pyro5"])("answers the requests recorded of %s as recorded", async (file) => {
    const all = vectors(file).filter(({ name }) => name.startsWith("broadcast/"));
    const requests = all.filter((entry) => entry["direction"] === "client-to-server");
    const replies = all.filter((entry) => entry["direction"] === "server-to-client");
    // Bound to every address, so that 127.0.0.1 in the answer is the address that faces us.
    await using responder = await listen(parseUri("PYRO:Pyro.NameServer@0.0.0.0:9090"));
    const { port } = responder.address;
    // The ignored ones first, so that the answered one comes last.
    const ordered = requests.map(({ hex }) => fromHex(hex)).reverse();
    expect(await exchange(port, ordered)).toEqual(
      replies.map(({ hex }) => Buffer.from(fromHex(hex)).toString("latin1")),
    );
  });

  it.each([
    ["localhost:9090", "Not starting broadcast server for localhost."],
    ["127.0.1.1:9090", "Not starting broadcast server for localhost."],
    ["[::1]:9090", "Not starting broadcast server for localhost."],
    ["[fe80::1]:9090", "Not starting broadcast server for IPv6."],
    ["./u:/run/ns", "Not starting broadcast server for unix sockets."],
    ["0.0.0.0:9090", undefined],
    ["lab-gateway:9090", undefined],
  ])("at %s: %s", async (location, refusal) => {
    expect(broadcastRefusal(parseLocation(location))).toBe(refusal);
    if (refusal === undefined) return;
    await expect(listen(parseUri(`PYRO:Pyro.NameServer@${location}`))).rejects.toMatchObject({
      code: "ERR_BROADCAST",
    });
  });

  it("says which address it cannot bind", async () => {
    const options = { uri: URI, host: "192.0.2.1", port: 9 };
    await expect(BroadcastResponder.listen(options)).rejects.toMatchObject({
      code: "ERR_BROADCAST",
      message: expect.stringContaining("192.0.2.1:9"),
    });
  });

  it("can be closed twice", async () => {
    const responder = await listen();
    await Promise.all([responder.close(), responder.close()]);
    await responder.close();
  });
});

describe("a broadcast lookup (spec, section 12.4)", () => {
  const addresses = ["127.0.0.1"];

  it("finds a responder", async () => {
    await using responder = await listen();
    const { port } = responder.address;
    const found = await broadcastLookup({ addresses: ["", ...addresses], port });
    expect(`${found}`).toBe(`${URI}`);
  });

  it("asks again when nothing answers, and gives up", async () => {
    const silent = createSocket("udp4");
    let requests = 0;
    silent.on("message", () => requests++);
    await new Promise<void>((resolve) => silent.bind(0, "127.0.0.1", resolve));
    const { port } = silent.address();
    expect(await broadcastLookup({ addresses, port, attempts: 3, waitMs: 20 })).toBeUndefined();
    expect(requests).toBe(3);
    silent.close();
  });

  it("is not taken in by answers that are no URI of an object", async () => {
    const liar = createSocket("udp4");
    const answers = ["hello", "PYRONAME:x", "PYRO:x", "", "x".repeat(600), `${URI}`];
    liar.on("message", (_, from) => {
      for (const answer of answers) liar.send(answer, from.port, from.address);
    });
    await new Promise<void>((resolve) => liar.bind(0, "127.0.0.1", resolve));
    const { port } = liar.address();
    expect(`${await broadcastLookup({ addresses, port })}`).toBe(`${URI}`);
    liar.close();
  });

  it("goes on when an address cannot be reached", async () => {
    await using responder = await listen();
    const { port } = responder.address;
    const found = await broadcastLookup({
      addresses: ["no.such.host.invalid", ...addresses],
      port,
    });
    expect(`${found}`).toBe(`${URI}`);
  });

  it("ends when it is aborted", async () => {
    const reason = new Error("enough");
    await expect(broadcastLookup({ addresses, signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    const controller = new AbortController();
    const lookup = broadcastLookup({ addresses, port: 1, signal: controller.signal });
    controller.abort(reason);
    await expect(lookup).rejects.toBe(reason);
  });
});
