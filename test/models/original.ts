import { type PythonPeer, runPython, spawnPython } from "../support/python.ts";
import type { Shop } from "./example.ts";

/** The programs of the original, as they have run for years. */
export const ORIGINAL: URL = new URL("peers/remote_model.py", import.meta.url);

/** Starts a viewer of the original. */
export function view(env: Shop["env"], role = "view"): Promise<PythonPeer> {
  return spawnPython(ORIGINAL, [role, "remoteServer"], { env, ready: /^viewing (PYRO:\S+)/ });
}

/** An interactive Python as controller, with Pyro4's default settings. Gives what it printed. */
export function control(env: Shop["env"], code: string): Promise<string> {
  return runPython(`import Pyro4\nrm = Pyro4.Proxy("PYRONAME:remoteServer")\n${code}`, [], {
    env: { ...env, PYRO_REQUIRE_EXPOSE: undefined },
  });
}
