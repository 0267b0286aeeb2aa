import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("distributed-computing3", {}, async ({ server, client }) => {
  const ready = /Starting up worker/;
  await using one = await server.start("worker", { ready });
  await using other = await server.start("worker", { ready });
  const said = await client.run("client");
  expect(said.match(/ factorized \d+: /g)).toHaveLength(client.original ? 100 : 20);
  // One that never gets a job: once in half a million runs.
  for (const worker of [one, other]) await worker.nextLine(/factorize request received/);
});
