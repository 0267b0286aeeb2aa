import { setTimeout as sleep } from "node:timers/promises";
import { NamingError } from "../errors.ts";
import { formatLocation, type PyroUri, parseUri } from "../pyro/uri.ts";
import { nameServerPlace } from "../settings/defaults.ts";
import { type LocateOptions, locateNameServer, type NameServerClient } from "./client.ts";

/** A name may stand for a name in another name server, and so on; more steps than this are taken for a circle. */
const MAX_STEPS = 8;

/**
 * Finds what a PYRONAME or PYROMETA URI stands for. Of several objects with the tags of a PYROMETA URI, any.
 * @throws NamingError `ERR_NAME_UNKNOWN`, `ERR_NO_NAME_SERVER`, `ERR_NAME_LOOP`.
 */
export async function resolveUri(uri: PyroUri, options: LocateOptions = {}): Promise<PyroUri> {
  let found = uri;
  for (let step = 0; found.protocol !== "PYRO"; step++) {
    if (step === MAX_STEPS) {
      const text = `${uri} leads from name to name: after ${MAX_STEPS} steps to ${found}; register one of them with the object's PYRO: address`;
      throw new NamingError("ERR_NAME_LOOP", text);
    }
    found = await resolveOnce(found, options);
  }
  return found;
}

async function resolveOnce(uri: PyroUri, options: LocateOptions): Promise<PyroUri> {
  await using names = await locateNameServer({ ...options, ...whereOf(uri) });
  const look = () =>
    uri.protocol === "PYRONAME" ? names.lookup(uri.object) : anyWithTags(names, uri);
  const waitMs = options.waitForNameMs ?? nameServerPlace().waitForNameMs ?? 0;
  // Awaited here: the connection ends with this function.
  return await untilNamed(look, waitMs, options.signal);
}

const POLL_MS = 250;

/** Looks again and again for a name that is not there yet, for `waitMs` at most. */
async function untilNamed(
  look: () => Promise<PyroUri>,
  waitMs: number,
  signal: AbortSignal | undefined,
): Promise<PyroUri> {
  const until = performance.now() + waitMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      const isMissing = error instanceof NamingError && error.code === "ERR_NAME_UNKNOWN";
      const leftMs = until - performance.now();
      if (!isMissing || leftMs <= 0) throw error;
      await sleep(Math.min(POLL_MS, leftMs), undefined, { signal });
    }
  }
}

function whereOf({ location }: PyroUri): Pick<LocateOptions, "host" | "port"> {
  switch (location.kind) {
    case "none":
      return {};
    case "tcp":
      return { host: location.host, port: location.port };
    case "unix":
      return { host: formatLocation(location) };
  }
}

async function anyWithTags(names: NameServerClient, uri: PyroUri): Promise<PyroUri> {
  const found = await names.find({ all: uri.tags });
  const chosen = found[Math.floor(Math.random() * found.length)];
  if (chosen === undefined) {
    throw new NamingError(
      "ERR_NAME_UNKNOWN",
      `no registrations available with desired metadata properties ${[...uri.tags].join(", ")} (at ${names.uri}); "bunsen names find ${[...uri.tags].join(" ")}" shows what it has`,
      { retry: "later" },
    );
  }
  return parseUri(chosen.uri);
}
