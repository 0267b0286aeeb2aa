import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("batchedcalls", {}, async ({ server, client }) => {
  await using thingy = await server.start("server");
  const said = await client.run("client", { answers: [`${thingy.ready}`] });
  expect(said).toMatch(/100 ?\/\/ ?3 = 33\n.*2 = 50\n.*1 = 100\n/);
  expect(said).toMatch(/by zero/);
  await thingy.nextLine(/^end of (the batch|batch #2)$/);
});
