import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("circular", { with: ["Pyro5", "Pyro4"] }, async ({ server, client }) => {
  const ready = /Server started/;
  // Links of both kinds in one chain, where there are two.
  await using a = await server.start("servA", { ready });
  await using b = await client.start("servB", { ready });
  await using _c = await server.start("servC", { ready });
  const said = await client.run("client");
  expect([...said.matchAll(/passed on from (\w)/g)].map((passed) => passed[1])).toEqual([
    "A",
    "B",
    "C",
  ]);
  expect(said).toContain("complete at A");
  await b.nextLine(/I'm B, passing to C/);
  await a.nextLine(/Back at A; we completed the circle!/);
});
