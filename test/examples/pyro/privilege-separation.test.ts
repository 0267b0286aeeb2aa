import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { eachPairing } from "../pairings.ts";

// What a kernel says differs, and in a container it may say nothing: in place of dmesg, a program with much to say.
const folder = mkdtempSync(join(tmpdir(), "bunsen-kernel-"));
beforeAll(() => {
  const script = '#!/bin/sh\nfor i in $(seq 30); do echo "[$i] eth0: $*"; done\n';
  writeFileSync(join(folder, "dmesg"), script);
  chmodSync(join(folder, "dmesg"), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

eachPairing("privilege-separation", { title: "more rights" }, async ({ server, client }) => {
  const env = { PATH: `${folder}${delimiter}${process.env["PATH"]}` };
  await using elevated = await server.start("elevated_server", { env });
  const said = await client.run("elevated_client", { answers: [`${elevated.ready}`] });
  expect(said).not.toContain("[10]");
  expect(said).toMatch(/\n\[11\] eth0: --nopager --level info\n[\s\S]*\n\[30\] eth0/);
});

// Only who has rights can give them away.
if (process.getuid?.() === 0) {
  eachPairing("privilege-separation", { title: "fewer rights" }, async ({ server, client }) => {
    await using restricted = await server.start("drop_privs_server");
    expect(restricted.stdout).toMatch(/Privileges dropped. Server now running as nobody/);
    const said = await client.run("drop_privs_client", { answers: [`${restricted.ready}`] });
    expect(said).toMatch(/running as: .*nobody/);
    expect(said).toMatch(/ERROR \(expected\): .*permission denied/i);
  });
}
