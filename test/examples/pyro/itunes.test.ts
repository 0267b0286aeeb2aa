import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { documentedPorts } from "../../support/ports.ts";
import { eachPairing } from "../pairings.ts";

// There is no Music here: in place of the Mac's osascript, a program that notes what it is told.
const folder = mkdtempSync(join(tmpdir(), "bunsen-music-"));
const notes = join(folder, "notes.txt");
beforeAll(() => {
  const script = `#!/bin/sh\necho "$@" >> "${notes}"\necho "Intermezzo - Brahms"\n`;
  writeFileSync(join(folder, "osascript"), script);
  chmodSync(join(folder, "osascript"), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

eachPairing("itunes", { with: ["Pyro4"], hurry: 100 }, async ({ server, client }) => {
  await using _turn = await documentedPorts();
  writeFileSync(notes, "");
  const env = { PATH: `${folder}${delimiter}${process.env["PATH"]}` };
  await using _controller = await server.start("itunescontroller", { env });
  const said = await client.run("remote", { answers: [hostname()] });
  expect(said.match(/Current song: .*Intermezzo - Brahms/g)).toHaveLength(2);
  expect(readFileSync(notes, "utf8")).toMatch(
    /play playlist "Music"[\s\S]*next track[\s\S]*\bstop\b/,
  );
});
