import { shortText, valueText } from "../results/text.ts";
import { nameOfObject } from "./names.ts";

/** More text than anybody reads slows the page. */
export const MOST_CHARACTERS = 100_000;

const READING = { runs: false, other: nameOfObject } as const;

/** A value in full, as far as anybody reads. */
export function longText(value: unknown): string {
  return valueText(value, { ...READING, atMost: MOST_CHARACTERS });
}

/** A value on one line. */
export function lineOf(value: unknown, atMost?: number): string {
  return shortText(value, READING, atMost);
}
