import { SerializeError } from "../errors.ts";
import { Tuple } from "../values/types.ts";
import type { ClassHooks } from "./serializer.ts";

/** No classes at all: class dicts stay dicts, instances are refused. What tools that show raw payloads use. */
export const PLAIN_HOOKS: ClassHooks = {
  toWire(value) {
    throw new SerializeError("ERR_NOT_SERIALIZABLE", `${describeKind(value)} cannot be sent`);
  },
  fromWire: (record) => record,
};

/** "a function", "an instance of Foo": how an error names a value that has no mapping. */
export function describeKind(value: unknown): string {
  if (typeof value === "function")
    return value.name ? `the function "${value.name}"` : "a function";
  if (typeof value === "symbol") return "a symbol";
  if (value instanceof Promise) return "a promise";
  if (value instanceof Tuple) return "a tuple";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) {
    const name = value.constructor?.name;
    return name && name !== "Object" ? `an instance of ${name}` : "an object";
  }
  return `a ${typeof value}`;
}
