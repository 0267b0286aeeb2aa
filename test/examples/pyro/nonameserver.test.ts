import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { eachPairing } from "../pairings.ts";

// In place of the program that is asked for quotes, one that is the same everywhere.
const folder = mkdtempSync(join(tmpdir(), "bunsen-fortune-"));
beforeAll(() => {
  writeFileSync(join(folder, "fortune"), "#!/bin/sh\necho 'In the end, nothing is lost.'\n");
  chmodSync(join(folder, "fortune"), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

eachPairing("nonameserver", { with: ["Pyro5", "Pyro4"] }, async ({ server, client }) => {
  const env = { PATH: `${folder}${delimiter}${process.env["PATH"]}` };
  await using quoting = await server.start("server", { env });
  const [chosen] = await quoting.nextLine(/PYRO:example\.quotegen@\S+/);
  for (const uri of [`${quoting.ready}`, chosen]) {
    const said = await client.run("client", { answers: [uri] });
    expect(said).toContain("Getting some quotes...\nIn the end, nothing is lost.\n");
    expect(said.match(/nothing is lost/g)).toHaveLength(2);
  }
});
