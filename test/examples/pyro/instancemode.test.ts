import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("instancemode", { with: ["Pyro5", "Pyro4"] }, async ({ server, client }) => {
  await using _server = await server.start("server");
  const said = await client.run("client");
  const [, percall = "", session = "", single = ""] = said.split(/-----.*-----\n/);
  // Beside the id of the instance, that of a session prints a UUID, as a tuple of two.
  const ids = (text: string) => text.replace(/[\da-f-]{36}|Tuple\(2\)/g, "").match(/\d+/g);
  const distinct = (text: string) => new Set(ids(text)).size;
  expect(distinct(single)).toBe(1);
  expect(distinct(session)).toBe(2);
  // Python may make a new object at the place of the one before it.
  if (!server.original) expect(distinct(percall)).toBeGreaterThanOrEqual(3);
});
