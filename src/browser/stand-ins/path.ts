import { SerializeError } from "../../errors.ts";

/** Without the path to the value: to find it takes a walk that no page needs in production. */
export function notSerializable(
  _root: unknown,
  _value: unknown,
  why: string,
  options?: ErrorOptions,
): SerializeError {
  return new SerializeError("ERR_NOT_SERIALIZABLE", why, options);
}

export function tooDeep(): SerializeError {
  return new SerializeError("ERR_TOO_DEEP", "a value is nested too deeply, or in itself");
}

export function renamePlaces(error: unknown): unknown {
  return error;
}
