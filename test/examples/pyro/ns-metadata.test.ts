import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

const options = { with: ["Pyro5", "Pyro4"], nameServerOfAuthor: true } as const;
eachPairing("ns-metadata", options, async ({ client }) => {
  const said = await client.run("example");
  const found = (what: string) => {
    const [, rest = ""] = said.split(new RegExp(`\n${what} ?:\n`));
    const [lines = ""] = rest.split("\n\n");
    return [...lines.matchAll(/ example\.resource\.(\w+) -> /g)].map(([, name]) => name).sort();
  };
  expect(found("all storage")).toEqual(["diskstorage", "tapestorage"]);
  expect(found("all FAST printers")).toEqual(["laserprinter"]);
  expect(found("all storage OR communication devices")).toEqual([
    "diskstorage",
    "faxmachine",
    "tapestorage",
    "telephone",
  ]);
  expect(found("all FAST printers .after photoprinter upgrade.")).toEqual([
    "laserprinter",
    "photoprinter",
  ]);
  expect(found("all resource types")).toHaveLength(7);
  expect(said).toMatch(/PYRO:Pyro\.NameServer@/);
  if (!client.original) expect(said).toContain("which is a MatrixPrinter\n");
});
