import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

const options = { with: ["Pyro5"], nameServerOfAuthor: true } as const;
eachPairing("threadproxysharing", options, async ({ client }) => {
  const said = await client.run("client");
  expect(said).toMatch(/Expected exception/);
  expect(said).toMatch(/Solution 1[\s\S]*Solution 2/);
  expect(said.match(/[Tt]he call succeeded in (the other )?thread/g)).toHaveLength(2);
  expect(said).not.toContain("should not see this");
});
