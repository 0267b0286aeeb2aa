import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("banks", { with: ["Pyro5", "Pyro4"] }, async ({ server, client }) => {
  await using _banks = await server.start("server", { ready: /Banks are ready for customers/ });
  const said = await client.run("client");
  // Only one of the two banks lets its customers overdraw.
  expect(said.match(/insufficent balance/g)).toHaveLength(2);
  expect(said.match(/End balance=300\.75/g)).toHaveLength(2);
  expect(said.match(/End balance=-99\.25/g)).toHaveLength(2);
  expect(said.match(/unknown account/g)).toHaveLength(8);
  expect(said).toMatch(/The accounts in the ABN bank:[^*]*Irmen\W+300\.75/);
  expect(said).toMatch(/The accounts in the Rabobank:[^*]*Suzy\W+-99\.25/);
});
