import { readFileSync } from "node:fs";

/** One entry of a vector file; see vectors/README.md for the fields. */
// biome-ignore lint/suspicious/noExplicitAny: parsed JSON of files that we recorded ourselves
export type Vector = Record<string, any> & { name: string; hex: string };

/** The vectors of one file, recorded from the real Python peers. */
export function vectors(file: string): Vector[] {
  return JSON.parse(readFileSync(new URL(`../vectors/${file}.json`, import.meta.url), "utf8"));
}

export const fromHex = (hex: string): Uint8Array => Buffer.from(hex, "hex");
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
