import { expect, it } from "vitest";
import { connect } from "../../src/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import type { RunningProcess } from "../support/process.ts";
import { Relay } from "../support/relay.ts";
import { type Lab, startLab } from "./lab.ts";

checkLeaks();

const MIB = 1024 * 1024;

async function residentBytes(process: RunningProcess): Promise<number> {
  process.write("rss\n");
  const [, bytes] = await process.nextLine(/^rss (\d+)$/);
  return Number(bytes);
}

/** The largest growth seen while nobody reads: looked at often enough to see it stand still. */
async function growth(process: RunningProcess, before: number): Promise<number> {
  let largest = 0;
  for (let i = 0; i < 10; i++) {
    largest = Math.max(largest, (await residentBytes(process)) - before);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return largest;
}

it("a caller that asks for 4 GiB of answers and reads none of them costs the daemon little", async () => {
  await using daemon = await startLab();
  await using relay = await Relay.to(daemon.port);
  await using lab = await connect<Lab>(relay.uriOf(daemon.uri));
  await using bystander = await connect<Lab>(daemon.uri);
  await lab.text(MIB);
  const before = await residentBytes(daemon);
  relay.stall("down");
  const calls = Array.from({ length: 4096 }, () => lab.text(MIB).catch(() => {}));
  expect(await growth(daemon, before)).toBeLessThan(200 * MIB);
  expect(await bystander.add(20, 22)).toBe(42);
  relay.reset();
  await Promise.all(calls);
});

it("a caller that begins an endless stream and stops reading costs the daemon little", async () => {
  await using daemon = await startLab();
  await using relay = await Relay.to(daemon.port);
  await using lab = await connect<Lab>(relay.uriOf(daemon.uri));
  await using bystander = await connect<Lab>(daemon.uri);
  const stream = lab.endless(100_000)[Symbol.asyncIterator]();
  await stream.next();
  const before = await residentBytes(daemon);
  // Our end reads on, its user does not: the credits hold the daemon back. Then nobody reads.
  expect(await growth(daemon, before)).toBeLessThan(100 * MIB);
  relay.stall("down");
  expect(await growth(daemon, before)).toBeLessThan(100 * MIB);
  expect(await bystander.add(20, 22)).toBe(42);
  relay.reset();
  await stream.return?.();
});
