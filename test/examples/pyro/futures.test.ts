import { expect, it } from "vitest";
import { Programs } from "../pairings.ts";

it("examples/pyro/futures", async () => {
  const said = await new Programs("Bunsen", "futures", {}).run("futures");
  expect(said).toMatch(/meantime[\s\S]*result value = 11\n[\s\S]*result value = 41\n/);
});
