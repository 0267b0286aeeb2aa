import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("custom-serialization", {}, async ({ server, client }) => {
  await using custom = await server.start("server");
  const said = await client.run("client", { answers: [`${custom.ready}`] });
  // Ours shows an object by its class and properties, Python's by its class and address.
  expect(said).toMatch(/response: <?Thingy .*number[:=] ?999/);
  expect(said).toMatch(/response: <?OtherThingy .*number[:=] ?999/);
  await custom.nextLine(/method called, arg= ?<?Thingy .*number=42|arg = Thingy { number: 42 }/);
  await custom.nextLine(/arg= ?<?OtherThingy .*number=42|arg = OtherThingy { number: 42 }/);
});
