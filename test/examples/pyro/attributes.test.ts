import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("attributes", { with: ["Pyro5", "Pyro4"] }, async ({ server, client }) => {
  await using thingy = await server.start("server");
  const said = await client.run("client", { answers: [`${thingy.ready}`] });
  expect(said).toMatch(/prop_value.* 542/);
  expect(said).toMatch(/__dunder__.*yep/);
  if (client.original) {
    expect(said.match(/got expected error/g)).toHaveLength(5);
    expect(said).toContain("(should be unchanged!)");
  } else {
    expect(said.match(/^refused: /gm)).toHaveLength(4);
    expect(said).toContain("prop_sub is still { name: 'value' }");
  }
});
