import {
  type Description,
  type MemberDescription,
  type ParameterDescription,
  parameterList,
} from "../objects/description.ts";
import { splitTopLevel } from "../objects/signature-text.ts";

/** Name and documentation, as `list_methods` answers. */
export type PublishedMethod = readonly [name: string, usage: string];

const SETTER = /^set_(.+)$/;
/** What tells our own callers that a pair of methods is an attribute. Others read it as documentation. */
const ATTRIBUTE = /^usage: \S+\(\) {2}# attribute(, read-only)?$/;

/**
 * What an interface publishes: its methods with a `usage:` line, and its attributes as methods, since the protocol has no
 * others: one without arguments reads, `set_NAME` writes.
 */
export function publish({ members }: Description): PublishedMethod[] {
  const published: PublishedMethod[] = [];
  for (const member of members.values()) {
    const doc = member.doc ?? "";
    if (member.kind === "method") {
      published.push([member.name, `usage: ${member.name}${usageOf(member)}\n${doc}`]);
      continue;
    }
    const note = member.readonly ? "  # attribute, read-only" : "  # attribute";
    published.push([member.name, `usage: ${member.name}()${note}\n${doc}`]);
    // A method of that name goes first: it was there before.
    const setter = setterOf(member.name);
    if (!member.readonly && !members.has(setter)) {
      published.push([setter, `usage: ${setter}(value)\nSets the attribute ${member.name}.`]);
    }
  }
  return published;
}

/** Python's own shows names alone; defaults say more, and nobody takes the line apart but us. */
function usageOf({ parameters }: MemberDescription): string {
  if (parameters === undefined) return "(...)";
  return parameterList(parameters.filter(({ kind }) => kind !== "rest"));
}

export function setterOf(attribute: string): string {
  return `set_${attribute}`;
}

/** Which attribute a published setter sets; undefined for a name that is none. */
export function attributeSetBy(proc: string, { members }: Description): string | undefined {
  if (members.has(proc)) return undefined;
  const attribute = SETTER.exec(proc)?.[1];
  const member = attribute === undefined ? undefined : members.get(attribute);
  return member?.kind === "attribute" ? attribute : undefined;
}

/** Reads the answer to `list_methods`; undefined where it is none. */
export function describePublished(value: unknown): Description | undefined {
  if (!Array.isArray(value)) return undefined;
  const members = new Map<string, MemberDescription>();
  const setters = new Set<string>();
  for (const pair of value) {
    if (!Array.isArray(pair) || typeof pair[0] !== "string") return undefined;
    const member = memberFrom(pair[0], typeof pair[1] === "string" ? pair[1] : "");
    members.set(member.name, member);
    if (member.kind === "attribute" && !member.readonly) setters.add(setterOf(member.name));
  }
  for (const setter of setters) members.delete(setter);
  return { members };
}

function memberFrom(name: string, text: string): MemberDescription {
  const [first = "", ...rest] = text.split("\n");
  const isUsage = first.startsWith("usage: ");
  const doc = (isUsage ? rest.join("\n") : text).trim();
  const attribute = ATTRIBUTE.exec(first);
  const parameters = isUsage && !attribute ? parametersIn(first) : undefined;
  return {
    name,
    kind: attribute ? "attribute" : "method",
    ...(doc !== "" && { doc }),
    ...(parameters && { parameters }),
    oneway: false,
    readonly: attribute?.[1] !== undefined,
    stream: false,
  };
}

/** Whether the list comes from a server of generation 1 or later: older ones know no usage lines. */
export function saysUsage(value: unknown): boolean {
  const texts = Array.isArray(value) ? value.map((pair: unknown[]) => pair[1]) : [];
  return texts.every((text) => typeof text === "string" && text.startsWith("usage: "));
}

/** `usage: add(x, y=2)`. Python leaves defaults out: which may be left out, it does not tell. */
function parametersIn(usage: string): ParameterDescription[] | undefined {
  const list = /\((.*)\)$/.exec(usage)?.[1];
  if (list === undefined || list === "...") return undefined;
  return splitTopLevel(list).map((part) => {
    const [head = "", ...given] = splitTopLevel(part, "=");
    const text = given.join("=");
    return {
      // What is taken apart has no name of its own.
      name: head.startsWith("{") ? "options" : head.replace(/\?$/, ""),
      kind: "positional",
      rest: false,
      optional: given.length > 0 || head.endsWith("?"),
      ...(given.length > 0 && { default: text }),
    };
  });
}
