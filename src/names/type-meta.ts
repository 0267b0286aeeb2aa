/**
 * Metadata that tells the class of an object: `class:` and the name of each class in its inheritance chain, so that it
 * can be found by any of them. The counterpart of Pyro's `type_meta`; JavaScript's classes have no module name.
 * @param classOrObject - A class, or an instance of one.
 */
export function typeMeta(classOrObject: object, prefix: string = "class:"): Set<string> {
  const tags = new Set<string>();
  const first = typeof classOrObject === "function" ? classOrObject : classOrObject.constructor;
  let current: unknown = first;
  while (typeof current === "function" && current !== Function.prototype) {
    const isBuiltin = (globalThis as Record<string, unknown>)[current.name] === current;
    if (current.name !== "" && !isBuiltin) tags.add(prefix + current.name);
    current = Object.getPrototypeOf(current);
  }
  return tags;
}
