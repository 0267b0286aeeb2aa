import { ByteWriter } from "../../src/bytes/writer.ts";
import { PLAIN_HOOKS } from "../../src/serializers/plain-hooks.ts";
import type { ClassHooks, Serializer } from "../../src/serializers/serializer.ts";

/** What `serializer` writes for `value`. */
export function encoded(
  serializer: Serializer,
  value: unknown,
  classes: ClassHooks = PLAIN_HOOKS,
): Buffer {
  const out = new ByteWriter();
  serializer.encode(value, out, classes);
  return out.take();
}

/** What `serializer` reads, from bytes or from text in UTF-8. */
export function decoded(
  serializer: Serializer,
  bytes: Uint8Array | string,
  classes: ClassHooks = PLAIN_HOOKS,
): unknown {
  return serializer.decode(typeof bytes === "string" ? Buffer.from(bytes) : bytes, classes);
}
