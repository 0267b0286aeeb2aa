import type { Description, MemberDescription } from "../../objects/description.ts";

export { parameterList, signatureOf } from "../../objects/description.ts";

/** Reads what the gateway tells of an object. What is absent is as the shared code has it. */
export function fromWire(value: unknown): Description {
  const { members, ...rest } = value as { readonly members: readonly MemberDescription[] };
  const read = members.map((member): MemberDescription => {
    const parameters = member.parameters?.map((one) => ({
      ...one,
      rest: one.kind === "rest",
      optional: one.optional ?? false,
    }));
    const flags = { oneway: false, readonly: false, stream: false };
    return { ...flags, ...member, ...(parameters && { parameters }) };
  });
  return { ...rest, members: new Map(read.map((member) => [member.name, member])) };
}

/** A page lends functions, which need no description; a proxy that is passed on is described by its names. */
export function toWire({ members }: Description): object {
  return { members: [...members.values()].map(({ name, kind }) => ({ name, kind })) };
}
