import type { MemberDescription } from "./description.ts";

/** A member that callers may reach: what they are told of it, and what is this side's own business. */
export interface ExposedMember extends MemberDescription {
  /** False for one that does not wait for its turn, where the object takes one call at a time. */
  readonly serial?: boolean;
}
