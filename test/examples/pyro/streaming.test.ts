import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("streaming", { hurry: 50 }, async ({ server, client }) => {
  await using streamer = await server.start("server");
  const said = await client.run("client", { answers: [`${streamer.ready}`] });
  const plain = said.replace(/[[\],]/g, "").replace(/\s+/g, " ");
  const nine = "1 2 3 4 5 6 7 8 9";
  expect(plain).toContain(`normal list: ${nine} via iterator: ${nine} via generator: ${nine}`);
  expect(plain).toContain(`slow generator: ${nine}`);
  expect(plain).toContain(`property iterator: ${nine} 10 property generator: `);
  // The two generators are not the same.
  expect(plain).toContain(server.original ? `generator: 0 ${nine}` : `property generator: ${nine}`);
  if (!client.original) expect(plain).toContain("100: 0 1 1 2 3 5 8 13 21 34 55 89 property");
});
