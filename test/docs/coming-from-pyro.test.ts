import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { root } from "../support/docs.ts";
import { itWithPython, runPython } from "../support/python.ts";

const page = readFileSync(join(root, "docs/coming-from-pyro.md"), "utf8");

itWithPython("docs/coming-from-pyro.md has every public name of Pyro", async () => {
  const names = JSON.parse(
    await runPython(`
      import json, types
      import Pyro4, Pyro5.api

      def public(thing, also="_pyro"):
          modules = types.ModuleType
          return [
              name for name in dir(thing)
              if (not name.startswith("_") or name.startswith(also))
              and not isinstance(getattr(thing, name), modules)
          ]

      print(json.dumps(sorted({
          *Pyro5.api.__all__, *public(Pyro4),
          *public(Pyro5.api.Proxy), *public(Pyro4.Proxy),
          *public(Pyro5.api.Daemon), *public(Pyro4.Daemon),
          *public(Pyro5.api.current_context), *public(Pyro4.current_context),
          *public(Pyro4.Future),
      })))
    `),
  ) as string[];
  expect(names.length).toBeGreaterThan(60);
  const missing = names.filter((name) => !new RegExp(`\\b${name}\\b`).test(page));
  expect(missing).toEqual([]);
});
