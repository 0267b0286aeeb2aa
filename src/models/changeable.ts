import { MemberError } from "../errors.ts";
import { Float, isPlainRecord } from "../values/types.ts";

/**
 * Judges a value that somebody sends: returns what is stored, or throws with what is wrong. A schema's `parse` fits.
 */
export type Check = (value: unknown) => unknown;

/** The keys that `doModify` and `modify` may set: `true` for values of the kind that is there now, or a check. */
export type Changeable<S> = { readonly [K in keyof S & string]?: true | Check };

/**
 * What is to be stored: all of `values`, or nothing.
 * @throws MemberError `ERR_NOT_CHANGEABLE` for a key that was not declared; TypeError for a value of another kind;
 *   what a check throws.
 */
export function checked(
  changeable: Readonly<Record<string, true | Check | undefined>>,
  state: Readonly<Record<string, unknown>>,
  values: unknown,
): [key: string, value: unknown][] {
  if (typeof values !== "object" || values === null || !isPlainRecord(values)) {
    throw new TypeError(`Expected a map of names and values, got ${kindOf(values)}`);
  }
  return Object.entries(values).map(([key, value]) => {
    const check = Object.hasOwn(changeable, key) ? changeable[key] : undefined;
    if (check === undefined) {
      const names = Object.keys(changeable).join(", ");
      throw new MemberError("ERR_NOT_CHANGEABLE", `"${key}" cannot be changed; what can: ${names}`);
    }
    return [key, check === true ? sameKind(key, value, state[key]) : check(value)];
  });
}

function sameKind(key: string, value: unknown, now: unknown): unknown {
  // Of null nothing is known but that it is no value yet.
  if (now === null || now === undefined || kindOf(value) === kindOf(now)) return value;
  throw new TypeError(`${key}: expected ${kindOf(now)}, got ${kindOf(value)}`);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "number" || typeof value === "bigint" || value instanceof Float) {
    return "a number";
  }
  if (typeof value === "string") return "a text";
  if (typeof value === "boolean") return "true or false";
  if (Array.isArray(value)) return "a list";
  const name = value.constructor?.name;
  return name === undefined || name === "Object" ? "a map" : name;
}
