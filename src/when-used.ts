import { createRequire } from "node:module";

/**
 * A package that is loaded when it is first used, at once: `import()` would make every caller wait. A program that
 * never needs it spares its memory, which the garbage collector would walk again for each few large messages.
 */
export function whenUsed<Package>(name: string): () => Package {
  let loaded: Package | undefined;
  return () => {
    loaded ??= createRequire(import.meta.url)(name) as Package;
    return loaded;
  };
}
