import { expect, it } from "vitest";
import { documentedPorts } from "../../support/ports.ts";
import { eachPairing, Programs } from "../pairings.ts";

const QUOTE = /^(NASDAQ\.(AAPL|MSFT)|NYSE\.IBM): [\d.]+$/;

it("examples/pyro/stockquotes, phase 1", async () => {
  const ours = new Programs("Bunsen", "stockquotes/phase1", { HURRY: "20" });
  await using viewer = await ours.start("viewer", { ready: QUOTE });
  await viewer.nextLine(QUOTE);
});

for (const phase of ["phase2", "phase3"]) {
  eachPairing(
    `stockquotes/${phase}`,
    { with: ["Pyro5", "Pyro4"], hurry: 20 },
    async ({ server, client }) => {
      await using _turn = phase === "phase3" ? await documentedPorts() : undefined;
      await using _markets = await server.start("stockmarket", { ready: /Stockmarkets available/ });
      await using viewer = await client.start("viewer", { ready: QUOTE });
      await viewer.nextLine(/^NASDAQ\.(AAPL|MSFT): [\d.]+$/);
      await viewer.nextLine(/^NYSE\.IBM: [\d.]+$/);
      expect(viewer.stdout).not.toMatch(/CSCO|GOOG|HPQ|BP:/);
      expect(viewer.stdout).toMatch(/found market .*nasdaq/i);
    },
  );
}
