import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("benchmark", {}, async ({ server, client }) => {
  await using bench = await server.start("server");
  const answers = [`${bench.ready}`];
  const calls = await client.run("client", { answers });
  expect(calls).toMatch(/12000 calls,|total method calls: 12000/);
  const connections = await client.run("connections", { answers });
  expect(connections).toMatch(/(connections|calls) .*\d/);
});
