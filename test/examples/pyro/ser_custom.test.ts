import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("ser_custom", { with: ["Pyro4"] }, async ({ server, client }) => {
  await using custom = await server.start("server");
  const said = await client.run("client", { answers: [`${custom.ready}`] });
  expect(said).toMatch(/response: <?Thingy .*number[=:] ?999/);
  expect(said).toMatch(/response: <?OtherThingy .*number[=:] ?999/);
  expect(said).toMatch(/converting to (a record|dict): /);
  expect(custom.stdout).toMatch(/method called, arg ?= +<?Thingy .*42/);
  expect(custom.stdout).toMatch(/othermethod called, arg ?= +<?OtherThingy .*42/);
});
