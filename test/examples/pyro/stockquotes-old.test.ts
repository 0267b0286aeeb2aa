import { describe, expect, it } from "vitest";
import { eachPairing, Programs } from "../pairings.ts";

const QUOTE = /^(NASDAQ\.(AAPL|MSFT)|NYSE\.IBM): [\d.]+$/;

describe("examples/pyro/stockquotes-old, in one program", () => {
  it.each(["phase1", "phase2"])("%s", async (phase) => {
    const ours = new Programs("Bunsen", `stockquotes-old/${phase}`, { HURRY: "20" });
    await using all = await ours.start("main", { ready: QUOTE });
    expect(all.stdout).toMatch(/aggregated symbols:/);
    await all.nextLine(QUOTE);
  });
});

eachPairing("stockquotes-old/phase3", { with: ["Pyro4"], hurry: 20 }, async (pairing) => {
  const { server, client } = pairing;
  await using markets = await server.start("stockmarket", { ready: /Stockmarkets running/ });
  await using aggregator = await server.start("aggregator", { ready: /Aggregator running/ });
  const answers = ["IBM, AAPL, MSFT"];
  await using viewer = await client.start("viewer", { answers, ready: QUOTE });
  await viewer.nextLine(/^NASDAQ\.(AAPL|MSFT): [\d.]+$/);
  await viewer.nextLine(/^NYSE\.IBM: [\d.]+$/);
  expect(viewer.stdout).not.toMatch(/^\w+\.(CSCO|GOOG|HPQ|BP): /m);
  expect(markets.stdout.match(/adding new aggregator/g)).toHaveLength(2);
  expect(aggregator.stdout).toMatch(/aggregator gets a new viewer/);
});

eachPairing(
  "stockquotes-old/phase3",
  { with: ["Pyro4"], hurry: 20, title: "an aggregator of the viewer's side" },
  async ({ server, client }) => {
    await using _markets = await server.start("stockmarket", { ready: /Stockmarkets running/ });
    await using _aggregator = await client.start("aggregator", { ready: /Aggregator running/ });
    await using viewer = await client.start("viewer", { answers: ["IBM"], ready: QUOTE });
    await viewer.nextLine(/^NYSE\.IBM: [\d.]+$/);
  },
);
