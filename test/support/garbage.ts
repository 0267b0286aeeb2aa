import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Collects what nobody holds. A `WeakRef` that was looked at keeps its target until the turn of the event loop is over. */
export async function collectGarbage(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  // Registries are told afterwards.
  await new Promise((resolve) => setImmediate(resolve));
}
