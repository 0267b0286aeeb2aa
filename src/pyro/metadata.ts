import type { Description, MemberDescription } from "../objects/description.ts";

/** What a Python peer tells of an object: names only. */
export interface Metadata {
  readonly methods: readonly string[];
  readonly attrs: readonly string[];
  readonly oneway: readonly string[];
}

export function metadataOf(description: Description): Metadata {
  const members = [...description.members.values()];
  const names = (fits: (member: MemberDescription) => boolean) =>
    members.filter(fits).map((member) => member.name);
  return {
    methods: names((member) => member.kind === "method"),
    attrs: names((member) => member.kind === "attribute"),
    oneway: names((member) => member.oneway),
  };
}

/** Pyro5 sends sets, Pyro4 lists. */
export function metadataToWire(metadata: Metadata, asLists: boolean): Record<string, unknown> {
  const { methods, oneway, attrs } = metadata;
  return asLists
    ? { methods: [...methods], oneway: [...oneway], attrs: [...attrs] }
    : { methods: new Set(methods), oneway: new Set(oneway), attrs: new Set(attrs) };
}

/** Reads what a daemon tells of an object: sets, tuples or lists, depending on generation and serializer. */
export function descriptionFromMetadata(value: unknown): Description {
  const { methods, attrs, oneway } = metadataFromWire(value);
  const members = new Map<string, MemberDescription>();
  for (const name of methods) {
    members.set(name, {
      name,
      kind: "method",
      oneway: oneway.includes(name),
      readonly: false,
      stream: false,
    });
  }
  for (const name of attrs) {
    members.set(name, { name, kind: "attribute", oneway: false, readonly: false, stream: false });
  }
  return { members };
}

function metadataFromWire(value: unknown): Metadata {
  const record = (typeof value === "object" && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  return {
    methods: names(record["methods"]),
    attrs: names(record["attrs"]),
    oneway: names(record["oneway"]),
  };
}

function names(value: unknown): string[] {
  if (!Array.isArray(value) && !(value instanceof Set)) return [];
  return [...(value as Iterable<unknown>)].filter(
    (name): name is string => typeof name === "string",
  );
}
