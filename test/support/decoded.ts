import { PLAIN_HOOKS } from "../../src/serializers/plain-hooks.ts";
import type { ClassHooks, Serializer } from "../../src/serializers/serializer.ts";

/** What `serializer` reads, from bytes or from text in UTF-8; without classes unless told. */
export function decoded(
  serializer: Serializer,
  bytes: Uint8Array | string,
  hooks: ClassHooks = PLAIN_HOOKS,
): unknown {
  return serializer.decode(typeof bytes === "string" ? Buffer.from(bytes) : bytes, hooks);
}
