import { ProtocolError } from "../../errors.ts";
import type { CallPayload } from "../../pyro/payload.ts";

export const BATCH_MEMBER = "<batch>";
export const GET_MEMBER = "__getattr__";
export const SET_MEMBER = "__setattr__";

/** A call as msgpack has it. */
export function callToWire(_name: string, { object, member, args, kwargs }: CallPayload): unknown {
  return [object, member, args, kwargs];
}

export function callFromWire(value: unknown): CallPayload {
  const [object, member, args, kwargs] = Array.isArray(value) ? (value as unknown[]) : [];
  if (typeof object === "string" && typeof member === "string" && Array.isArray(args)) {
    return { object, member, args, kwargs: (kwargs as CallPayload["kwargs"]) ?? null };
  }
  throw new ProtocolError("ERR_BAD_CALL", "the payload is no call");
}

export function namePlaces(error: unknown): unknown {
  return error;
}
