import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("async", { with: ["Pyro4"], hurry: 20 }, async ({ server, client }) => {
  await using thingy = await server.start("server");
  const answers = [`${thingy.ready}`];
  const programs = ["client", "client_batch", "client_callchain"];
  const said = await Promise.all(programs.map((program) => client.run(program, { answers })));
  const [calls, batches, chains] = said.map((text) => text.replace(/[[\],]/g, ""));
  expect(calls).toMatch(/result ?value ?= ?20\n|result = 20\n/);
  expect(calls).toMatch(/14\D+16\D+20\D+25\D+33\b/);
  expect(calls).toMatch(/got.*error.*by zero|ZeroDivisionError/);
  expect(batches).toMatch(/= ?\s?20 11 277\n/);
  expect(batches).toMatch(/= ?\s?23 14 280\n/);
  expect(batches).toMatch(/by zero/);
  expect(chains).toMatch(/error ?handler: .*by zero/i);
  expect(chains).toMatch(/final value ?= ?36\n/);
  expect(chains).toMatch(/final value ?= ?26\n/);
});
