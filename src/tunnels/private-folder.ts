import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Control sockets of ssh: a path has at most 104 to 108 octets, and ssh adds some of its own while it makes one. */
const MAX_FOLDER_CHARS = 70;

/** A new folder that only this user can enter. What is left of it when the process exits is removed. */
export async function privateFolder(): Promise<string> {
  const usual = join(tmpdir(), "bunsen-ssh-");
  const folder = await mkdtemp(usual.length > MAX_FOLDER_CHARS ? "/tmp/bunsen-ssh-" : usual);
  if (folders.size === 0) process.once("exit", removeFolders);
  folders.add(folder);
  return folder;
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  folders.delete(folder);
  if (folders.size === 0) process.off("exit", removeFolders);
}

/** Of tunnels that are open when the process exits: ssh ends by itself then, its folder does not. */
const folders = new Set<string>();

function removeFolders(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
