import { describe, expect, it } from "vitest";
import { eachPairing, Programs } from "../pairings.ts";

const INPUT = ["lamp", "bike", "", "lamp"];

function expectVisits(said: string): void {
  expect(said).toMatch(/This is Janet\.[\s\S]*Thank you, come again!\n[\s\S]*This is Henry\./);
  const contents = [...said.matchAll(/The warehouse contains: (.*)/g)].map(([, items]) => items);
  expect(contents).toHaveLength(4);
  expect(contents[0]).toMatch(/chair.*bike/);
  expect(contents[1]).toMatch(/bike.*lamp/);
  expect(contents[2]).not.toMatch(/bike/);
  expect(contents[3]).toMatch(/lamp/);
}

describe("examples/pyro/warehouse, phase 1", () => {
  it("runs in one program", async () => {
    const said = await new Programs("Bunsen", "warehouse/phase1", {}).run("visit", {
      input: INPUT,
    });
    expectVisits(said);
    expect(said).toMatch(/Henry took the lamp\./);
  });
});

eachPairing("warehouse/phase2", { with: ["Pyro5", "Pyro4"] }, async ({ server, client }) => {
  await using warehouse = await server.start("warehouse");
  const answers = [`${warehouse.ready}`];
  expectVisits(await client.run("visit", { answers, input: INPUT }));
  await warehouse.nextLine(/Janet stored the lamp\./);
  await warehouse.nextLine(/Henry took the lamp\./);
});

eachPairing(
  "warehouse/phase3",
  { with: ["Pyro5", "Pyro4"] },
  async ({ server, client, registered }) => {
    await using warehouse = await server.start("warehouse");
    await registered("example.warehouse");
    expectVisits(await client.run("visit", { input: INPUT }));
    await warehouse.nextLine(/Henry took the lamp\./);

    // What is not there ends the visit, with what happened over there.
    await using visit = await client.start("visit", { input: ["", "piano"], ready: /Janet/ });
    expect(await visit.exit()).toEqual({ code: 1, signal: null });
    expect(visit.stderr).toMatch(/remote traceback/i);
    expect(visit.stderr).toMatch(/not in list|no piano/);
  },
);
