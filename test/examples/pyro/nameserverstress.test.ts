import { expect, vi } from "vitest";
import { eachPairing } from "../pairings.ts";

const options = { with: ["Pyro5", "Pyro4"], nameServerOfAuthor: true } as const;
eachPairing("nameserverstress", options, async ({ client, names }) => {
  await using stress = await client.start("stress", { ready: /Name Server trasher running/ });
  await vi.waitFor(async () => expect(await names.count()).toBeGreaterThan(50), 15_000);
  stress.kill("SIGINT");
  expect(await stress.exit()).toEqual({ code: 0, signal: null });
  expect(stress.stdout).toMatch(/cleaned up \d+ names\./);
  expect(stress.stderr).toBe("");
  expect(await names.list({ prefix: "stresstest." })).toEqual(new Map());
});
