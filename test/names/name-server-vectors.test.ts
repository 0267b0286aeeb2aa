import { describe, expect, it } from "vitest";
import { NAME_SERVER_NAME, NameServer } from "../../src/names/name-server.ts";
import { PyroUri, parseUri } from "../../src/pyro/uri.ts";
import { type PlainRecord, Tuple } from "../../src/values/types.ts";
import { difference, fromTagged } from "../support/tagged.ts";
import { type Vector, vectors } from "../support/vectors.ts";

// The other serializers' recordings hold the same calls; what differs in them is the serializer's doing.
const GROUP = "nameserver-serpent";
const OWN_CLASS = { 4: "class:Pyro4.naming.NameServer", 5: "class:Pyro5.nameserver.NameServer" };

/** The parameters in order, as a caller's keyword arguments reach them. */
const PARAMETERS: Record<string, string[]> = {
  lookup: ["name", "return_metadata"],
  register: ["name", "uri", "safe", "metadata"],
  set_metadata: ["name", "metadata"],
  remove: ["name", "prefix", "regex"],
  list: ["prefix", "regex", "metadata_all", "metadata_any", "return_metadata"],
  yplookup: ["meta_all", "meta_any", "return_metadata"],
};

type Generation = 4 | 5;
type Call = [object: string, member: string, args: unknown[], kwargs: Record<string, unknown>];

/** Requests and replies of all calls, in the order in which one fresh name server got them. */
function exchanges(generation: Generation): [title: string, call: Call, reply: unknown][] {
  const all = vectors(`pyro${generation}`).filter(({ name }) => name.startsWith(`${GROUP}/`));
  return all.flatMap((entry: Vector, i) => {
    const call = fromTagged(entry["payload"]?.value) as Call;
    if (!entry.name.endsWith("-request-invoke") || call[1] === "<batch>") return [];
    return [[entry.name, call, fromTagged(all[i + 1]?.["payload"].value)]];
  });
}

async function invoke(names: NameServer, [object, member, args, kwargs]: Call): Promise<unknown> {
  expect(object).toBe(NAME_SERVER_NAME);
  const bound = args.map(toUri);
  for (const [key, value] of Object.entries(kwargs)) {
    bound[PARAMETERS[member]?.indexOf(key) as number] = value;
  }
  const method = names[member as keyof NameServer] as (...args: unknown[]) => unknown;
  return await method.apply(names, bound);
}

/** A URI's class dict as a URI, as a dialect does it. */
function toUri(value: unknown): unknown {
  const dict = value as PlainRecord | undefined;
  return `${dict?.["__class__"]}`.endsWith(".core.URI")
    ? PyroUri.fromState(dict?.["state"])
    : value;
}

/** A result as serpent shows it: URIs as class dicts, empty sets as empty tuples. */
function toWire(value: unknown, generation: Generation): unknown {
  if (value === undefined) return null;
  if (value instanceof PyroUri) {
    return { __class__: `Pyro${generation}.core.URI`, state: Tuple.from(value.toState()) };
  }
  if (value instanceof Set) return value.size === 0 ? new Tuple() : value;
  if (value instanceof Tuple) return Tuple.from(value.map((item) => toWire(item, generation)));
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, toWire(item, generation)]);
  return Object.fromEntries(entries);
}

/** Pyro4 makes lists of its sets: their order has no meaning. */
function sortLists(value: unknown): unknown {
  if (value instanceof Tuple) return Tuple.from(value.map(sortLists));
  if (Array.isArray(value)) return value.toSorted();
  if (typeof value !== "object" || value === null || value instanceof Set) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sortLists(item)]));
}

/** The error as Python sees it. Bunsen's messages of bad URIs begin with Pyro's. */
function pythonError(error: unknown, generation: Generation): { type: string; text: unknown } {
  const { remote, name, message, code } = error as Record<string, string> & {
    remote?: { type: string; args: unknown[] };
  };
  if (remote) return { type: remote.type, text: remote.args[0] };
  if (code !== "ERR_BAD_URI") return { type: `Pyro${generation}.errors.${name}`, text: message };
  return { type: `Pyro${generation}.errors.PyroError`, text: `${message}`.split(": ")[0] };
}

describe.each([4, 5] as const)("a recorded Pyro%i name server", (generation) => {
  const calls = exchanges(generation);
  const names = new NameServer({ generation: () => generation });
  const own = /PYRO:Pyro\.NameServer@[\d.]+:\d+/.exec(JSON.stringify(calls))?.[0];
  names.registerSelf(parseUri(`${own}`), [OWN_CLASS[generation]]);

  // In order: each call finds what those before it left.
  it.each(calls)("answered like ours: %s", async (_, call, reply) => {
    const { __exception__, __class__, args } = (reply ?? {}) as PlainRecord & { args: unknown[] };
    if (__exception__) {
      const error: unknown = await invoke(names, call).catch((reason: unknown) => reason);
      expect(pythonError(error, generation)).toEqual({ type: __class__, text: args[0] });
    } else {
      const result = toWire(await invoke(names, call), generation);
      expect(difference(sortLists(result), sortLists(reply))).toBeUndefined();
    }
  });
});
