import { MemberError } from "../errors.ts";

/**
 * Dunder names that are never remote, although their like (`__len__`, `__getitem__`, …) may be.
 * @see Pyro5 `server.py`, `_private_dunder_methods`; the last line is Pyro4's.
 */
const PRIVATE_DUNDERS: ReadonlySet<string> = new Set(
  `__init__ __init_subclass__ __class__ __module__ __weakref__ __call__ __new__ __del__ __repr__ __str__ __format__
  __nonzero__ __bool__ __coerce__ __cmp__ __eq__ __ne__ __hash__ __ge__ __gt__ __le__ __lt__ __dir__ __enter__ __exit__
  __copy__ __deepcopy__ __sizeof__ __getattr__ __setattr__ __hasattr__ __getattribute__ __delattr__ __instancecheck__
  __subclasscheck__ __getinitargs__ __getnewargs__ __getstate__ __setstate__ __reduce__ __reduce_ex__ __subclasshook__
  __unicode__ __getstate_for_dict__ __setstate_from_dict__`.split(/\s+/),
);

/** JavaScript's own dunders: they reach the prototype or redefine members. */
const JAVASCRIPT_DUNDERS: ReadonlySet<string> = new Set([
  "__proto__",
  "__defineGetter__",
  "__defineSetter__",
  "__lookupGetter__",
  "__lookupSetter__",
]);

const RESERVED: ReadonlyMap<string, string> = new Map([
  ["constructor", "it leads to the class itself, and from there to everything"],
  ["then", "a proxy with a `then` would be taken for a promise by every `await`"],
]);

/** Can a member of this name never be remote, whatever is declared? */
export function isPrivateName(name: string): boolean {
  if (name === "" || name.startsWith("#")) return true;
  if (!name.startsWith("_")) return false;
  const dunder = name.length > 4 && name.startsWith("__") && name.endsWith("__");
  return !dunder || PRIVATE_DUNDERS.has(name) || JAVASCRIPT_DUNDERS.has(name);
}

/** May a pattern select this name? Dunders must be named one by one. */
export function isPatternName(name: string): boolean {
  return name !== "" && !/^[_#]/.test(name) && !RESERVED.has(name);
}

/**
 * @param owner - The class as messages name it.
 * @throws MemberError `ERR_PRIVATE_NAME` or `ERR_RESERVED_NAME`.
 */
export function checkName(owner: string, name: string | symbol): asserts name is string {
  if (typeof name === "symbol") {
    throw new MemberError(
      "ERR_PRIVATE_NAME",
      `${owner} cannot expose ${String(name)}: no wire carries symbols; expose a method that has a name`,
    );
  }
  if (isPrivateName(name)) {
    throw new MemberError(
      "ERR_PRIVATE_NAME",
      `${owner} cannot expose ${JSON.stringify(name)}: names that start with "_" or "#" are private, ` +
        `apart from public Python ones such as "__len__"; rename it, or expose a method that uses it`,
    );
  }
  const reason = RESERVED.get(name);
  if (reason !== undefined) {
    throw new MemberError(
      "ERR_RESERVED_NAME",
      `${owner} cannot expose "${name}": ${reason}; rename it, or expose a method that uses it`,
    );
  }
}

/** `Thermostat has no member "raed"; did you mean "read"?` */
export function noSuchMember(owner: string, name: string, known: Iterable<string>): MemberError {
  const names = [...new Set(known)].filter((other) => other !== name && isPatternName(other));
  const nearest = nearestName(name, names);
  const some = names.slice(0, 8).join(", ") + (names.length > 8 ? ", …" : "");
  const hint = nearest === undefined ? `it has ${some || "none"}` : `did you mean "${nearest}"?`;
  return new MemberError(
    "ERR_NO_SUCH_MEMBER",
    `${owner} has no member ${JSON.stringify(name)}; ${hint}`,
  );
}

/** The name that a typing error of one letter in three, at most, makes into `name`. */
function nearestName(name: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const other of names) {
    const distance = editDistance(name.toLowerCase(), other.toLowerCase());
    if (distance < bestDistance) {
      best = other;
      bestDistance = distance;
    }
  }
  return best;
}

/** Letters added, dropped, replaced, or swapped with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? 0;
}
