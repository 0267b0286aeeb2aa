// What callers send is judged here, so that each instrument refuses in the same words. Python callers see a ValueError.

import { Float } from "../../values/types.ts";

/** Where a number may lie, both ends with it. */
export interface Range {
  readonly from: number;
  readonly to: number;
  /** Such as `"degC"`; left out for plain numbers. */
  readonly unit?: string;
}

/** The number that was sent; a text of one will do, since all is text in the query of a URL. NaN for anything else. */
export function asNumber(value: unknown): number {
  if (typeof value === "string") return value.trim() === "" ? Number.NaN : Number(value);
  const isNumber = typeof value === "number" || typeof value === "bigint" || value instanceof Float;
  return isNumber ? Number(value) : Number.NaN;
}

/** @throws RangeError */
export function numberWithin(name: string, value: unknown, range: Range): number {
  const number = asNumber(value);
  if (number >= range.from && number <= range.to) return number;
  const unit = range.unit === undefined ? "" : ` ${range.unit}`;
  throw new RangeError(`${name} must be ${range.from} to ${range.to}${unit}, got ${shown(value)}`);
}

/** @throws RangeError */
export function integerWithin(name: string, value: unknown, range: Range): number {
  const number = numberWithin(name, value, range);
  if (Number.isInteger(number)) return number;
  throw new RangeError(`${name} must be an integer, got ${shown(value)}`);
}

/** @throws RangeError */
export function oneOf<T extends string>(name: string, value: unknown, choices: readonly T[]): T {
  const choice = choices.find((choice) => choice === value);
  if (choice !== undefined) return choice;
  const all = choices.map((choice) => `"${choice}"`);
  throw new RangeError(
    `${name} must be ${all.slice(0, -1).join(", ")} or ${all.at(-1)}, got ${shown(value)}`,
  );
}

/** @throws RangeError */
export function trueOrFalse(name: string, value: unknown): boolean {
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  throw new RangeError(`${name} must be true or false, got ${shown(value)}`);
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
