import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { eachPairing } from "../pairings.ts";

const folder = mkdtempSync(join(tmpdir(), "bunsen-book-"));
afterAll(() => rmSync(folder, { recursive: true }));
const book = join(folder, "book.txt");
writeFileSync(book, "The hatter, the hare: and a dormouse\nsaid the hatter\n\n".repeat(400));

eachPairing("distributed-computing2", {}, async ({ server, client, registered }) => {
  const ready = /(5 word counters|^Spinning up)/;
  await using servers = await server.start("servers", { ready });
  await registered("example.dc2.dispatcher");
  const said = await client.run("client", client.original ? {} : { args: [book] });
  // One counter and several come to the same, in different times.
  const tops = [...said.matchAll(/Top five words:\n((?: .*\n)+)/g)].map((top) => top[1]);
  expect(tops).toHaveLength(2);
  expect(tops[0]).toBe(tops[1]);
  expect(tops[0]).toContain(client.original ? "  said (462)\n  alice (403)\n" : "  hatter (800)\n");
  await servers.nextLine(/^Collecting \d+ results/);
});
