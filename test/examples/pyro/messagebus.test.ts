import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { eachPairing, hasOriginals, originals, type Programs } from "../pairings.ts";

// The original keeps its database in its own folder, so it gets one to itself.
const folder = mkdtempSync(join(tmpdir(), "bunsen-bus-"));
const copy = join(folder, "original");
beforeAll(() => {
  if (hasOriginals("Pyro5")) cpSync(join(originals, "pyro5/messagebus"), copy, { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

const BUS = "messagebus/server";
const RUNNING = /Server running, storage is (memory|sqlite)/;

/** A bus whose messages are in a file. (In memory the original cannot unsubscribe: its proxy is of another thread.) */
async function startBus(server: Programs, name: string, port = "0") {
  const own = server.original ? [] : ["-f", join(folder, `${name}.sqlite`)];
  const bus = await (server.original ? server.in(copy) : server).start(BUS, {
    args: ["-s", "sqlite", "-p", port, ...own],
    ready: /uri +=.*:(\d+)/,
  });
  await bus.nextLine(RUNNING);
  return bus;
}

const host = { answers: [""] };

// Not faster: while five messages are looked at, the bus, a call and a transaction for each, must have brought ten.
eachPairing("messagebus", { hurry: 3 }, async ({ server, client }) => {
  await using bus = await startBus(server, `one-${client.author}`);
  await using subscriber = await client.start("subscriber", { ...host, ready: /Subscribed on/ });
  const answers = ["Utrecht"];
  await using _publisher = await client.start("publisher", { answers, ready: /Forecast:/ });
  await subscriber.nextLine(/topic: weather-forecast/);
  await subscriber.nextLine(/created: .*\d{4}-\d\d-\d\d/);
  await subscriber.nextLine(/data: .*Utrecht/);
  await subscriber.nextLine(/data: .*Utrecht/);

  const said = await client.run("subscriber_manual_consume", host);
  expect(said.match(/PROCESSING MESSAGE/g)).toHaveLength(10);
  expect(said.match(/data: .*Utrecht/g)).toHaveLength(10);
  await bus.nextLine(/stats: 1 topics, [12] subs, \d+ pending, \d+ total/);
});

eachPairing("messagebus", { title: "many topics, in memory" }, async ({ server, client }) => {
  await using _bus = await server.start(BUS, { args: ["-s", "memory"], ready: RUNNING });
  await using _publisher = await client.start("manytopics_publisher", { ready: /publishing/ });
  await using table = await client.start("manytopics_subscriber", { ready: /active topics/ });
  await table.nextLine(/^msg\.topic\.[a-z] +: +\d+ +- .*message \d+/);
});

eachPairing("messagebus", { title: "a bus that is started again" }, async ({ server, client }) => {
  const name = `two-${client.author}`;
  const first = await startBus(server, name);
  await using subscriber = await client.start("subscriber", { ...host, ready: /Subscribed on/ });
  const answers = ["Delft"];
  await using publisher = await client.start("publisher", { answers, ready: /Forecast:/ });
  await subscriber.nextLine(/data: .*Delft/);
  await first[Symbol.asyncDispose]();
  await publisher.nextLine(/connection to the messagebus is lost/);
  const before = subscriber.lines.length;
  // It knows its subscribers still. At the same port, since the original publisher looks up no name again.
  await using _second = await startBus(server, name, first.ready?.[1]);
  await expect.poll(() => subscriber.lines.length, { timeout: 15_000 }).toBeGreaterThan(before + 5);
});
