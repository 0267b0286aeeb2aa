import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("distributed-computing", { with: ["Pyro5", "Pyro4"] }, async ({ server, client }) => {
  await using dispatcher = await server.start("dispatcher");
  await using worker = await server.start("worker", { ready: /This is worker/ });
  const said = await client.run("client");
  if (client.original) {
    expect(said.match(/^Got result: .*from Worker_/gm)).toHaveLength(40);
    expect(said).toMatch(/^\d+ --> \[[\d, ]+\]$/m);
  } else {
    expect(said.match(/^\d+ --> [\d *]+ \(from Worker_/gm)).toHaveLength(20);
  }
  expect(worker.lines.length).toBeGreaterThan(10);
  expect(dispatcher.stderr + worker.stderr).not.toMatch(/Error/);
});
