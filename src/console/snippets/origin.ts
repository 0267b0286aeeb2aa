import type { LabNode } from "../../gateway/lab/nodes.ts";
import type { Origin } from "./act.ts";

/** An address of which every machine has its own. */
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[?::1\]?)$/i;

/**
 * How Python calls an object past the gateway; undefined where there is no client for it, or no way from here.
 * @param here - The host that the page came from.
 */
export function originOf(
  { dialect, uri }: Pick<LabNode, "dialect" | "uri">,
  here: string,
): Origin | undefined {
  if (uri === null) return undefined;
  const host = /^PYRO:.+@(.+):\d+$/i.exec(uri)?.[1] ?? /^msl:\/\/(.+?)(?::\d+)?\//i.exec(uri)?.[1];
  if (host === undefined || (LOOPBACK.test(host) && !LOOPBACK.test(here))) return undefined;
  if (dialect === "MSL-Network") return { dialect: "msl", uri };
  // One that nobody has asked yet is most likely of today.
  return { dialect: dialect === "Pyro4" ? "pyro4" : "pyro5", uri };
}
