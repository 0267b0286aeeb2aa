import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Askpass } from "../../src/tunnels/askpass.ts";
import { OWN_PROCESS } from "../../src/tunnels/process.ts";
import { checkLeaks } from "../support/leaks.ts";

checkLeaks();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "t-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What ssh would be told; `is` says which process it is, in the words of a shell. */
async function told(askpass: Askpass, prompt: string, is: string): Promise<string> {
  const script = `${OWN_PROCESS}=${is} "$SSH_ASKPASS" "$0"; true`;
  const env = { ...process.env, ...askpass.environment };
  return (await promisify(execFile)("/bin/sh", ["-c", script, prompt], { env })).stdout;
}

it("tells each secret when it is asked for, to the ssh that we run, and to none that it starts", async () => {
  const host = { host: "inner", password: "open", passphrase: "sesame" };
  await using askpass = await Askpass.open(folder, "it's", host);
  expect(await told(askpass, "ops@inner's password: ", "$$")).toBe("open\n");
  expect(await told(askpass, "(ops@inner) Password: ", "$$")).toBe("open\n");
  expect(await told(askpass, "Enter passphrase for key '/home/ops/.ssh/id': ", "$$")).toBe(
    "sesame\n",
  );
  expect(await told(askpass, "Verification code: ", "$$")).toBe("\n");
  expect(await told(askpass, "ops@gateway's password: ", `${process.pid}`)).toBe("");
});
