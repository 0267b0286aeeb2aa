import { Complex } from "../values/types.ts";

/**
 * Finds among the keys of a dict (or the members of a set) the one that Python holds equal to a new one: `1`, `1.0` and
 * `True` are one key, and so are two tuples of equal items. JavaScript compares otherwise.
 */
export class EqualKeys {
  readonly #first = new Map<string, unknown>();

  /** The first key that was passed here and equals `key`: `key` itself if there was none. */
  first(key: unknown): unknown {
    if (typeof key === "string") return key;
    const identity = identityOf(key);
    const known = this.#first.get(identity);
    // No key is undefined: None arrives as null.
    if (known !== undefined) return known;
    this.#first.set(identity, key);
    return key;
  }
}

/** A text that is the same for exactly the keys that are equal in Python. */
function identityOf(key: unknown): string {
  switch (typeof key) {
    case "string":
      return `s${key.length}:${key}`;
    case "number":
      // A float that large equals the integer of the same value, which is a bigint.
      return Number.isInteger(key) ? `${BigInt(key)}` : `${key}`;
    case "boolean":
      return key ? "1" : "0";
    case "object":
      if (key instanceof Complex) {
        return key.im === 0 ? identityOf(key.re) : `${identityOf(key.re)}j${identityOf(key.im)}`;
      }
      if (key instanceof Uint8Array)
        return `b${key.byteLength}:${Buffer.from(key).toString("latin1")}`;
      if (Array.isArray(key)) return `(${key.map(identityOf).join(",")})`;
      return key === null ? "None" : "...";
    default:
      return `${key}`;
  }
}
