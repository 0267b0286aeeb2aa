import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("benchmark", {}, async ({ server, client }) => {
  await using bench = await server.start("server");
  const answers = [`${bench.ready}`];
  const calls = await client.run("client", { answers });
  expect(calls).toMatch(/^3600 calls, \d+ calls\/s|^total method calls: 12000$/m);
  const connections = await client.run("connections", { answers });
  expect(connections.match(/ \d+ (a second|conn\/sec|calls\/sec)$/gm)).toHaveLength(3);
});
