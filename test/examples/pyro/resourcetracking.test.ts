import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("resourcetracking", { with: ["Pyro5", "Pyro4"] }, async ({ server, client }) => {
  await using service = await server.start("server");
  const answers = [`${service.ready}`];
  const said = await client.run("client", { answers, input: [""] });
  expect(said).toMatch(/allocated resources: \[\]\ndone\.\n$/);
  await service.nextLine(/client disconnects/);
  await service.nextLine(/resources: +(0|\[\])$/); // there was nothing left to be freed for it

  const killed = await client.start("client", { answers, ready: /allocating resource/ });
  await service.nextLine(/allocated resource/);
  await service.nextLine(/allocated resource/);
  killed.kill("SIGKILL");
  await service.nextLine(/Resource: closing/);
  await service.nextLine(/Resource: closing/);
  await killed[Symbol.asyncDispose]();
  const after = await client.run("client", { answers, input: [""] });
  expect(after).toMatch(/currently allocated resources: \[\]\n/);
});
