import type { Call, Caller } from "../../src/objects/call.ts";
import { Session } from "../../src/objects/session.ts";

/** A call as a dialect would hand it over: of `member` of the object "thing", unless told otherwise. */
export function callOf(member: string, args: unknown[] = [], rest: Partial<Call> = {}): Call {
  return {
    object: "thing",
    member,
    kind: "call",
    args,
    kwargs: null,
    oneway: false,
    annotations: undefined,
    correlationId: undefined,
    signal: undefined,
    responseAnnotations: undefined,
    ...rest,
  };
}

export function callerOf(session: Session = new Session()): Caller {
  return {
    dialect: "test",
    address: "127.0.0.1:1",
    identity: undefined,
    handshake: "hello",
    session,
  };
}
