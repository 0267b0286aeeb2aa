import { ConnectionClosedError } from "../errors.ts";
import type { Call, CallKind } from "../objects/call.ts";

/** What a request asks for, once its target and its body are read. */
export interface Asked
  extends Pick<Call, "object" | "member" | "kind" | "args" | "kwargs" | "oneway"> {
  readonly correlationId: string;
  readonly deadline: number | undefined;
}

/** A request as the dispatcher sees it. */
export class GatewayCall implements Call {
  readonly object: string;
  readonly member: string;
  readonly kind: CallKind;
  readonly args: unknown[];
  readonly kwargs: Record<string, unknown> | null;
  readonly oneway: boolean;
  readonly correlationId: string;
  readonly annotations: undefined = undefined;
  readonly serializer = "json";
  responseAnnotations: Map<string, Uint8Array> | undefined = undefined;
  #deadline: number | undefined;
  #abort: AbortController | undefined;
  #stopped = false;

  constructor(asked: Asked) {
    this.object = asked.object;
    this.member = asked.member;
    this.kind = asked.kind;
    this.args = asked.args;
    this.kwargs = asked.kwargs;
    this.oneway = asked.oneway;
    this.correlationId = asked.correlationId;
    this.#deadline = asked.deadline;
  }

  get deadline(): number | undefined {
    return this.#deadline;
  }

  /** Made when it is asked for: most methods never do. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#stopped) this.stop();
    return this.#abort.signal;
  }

  /** Its stream has begun: from now on it has all the time it wants. */
  answered(): void {
    this.#deadline = undefined;
  }

  /** The caller no longer waits. */
  stop(): void {
    this.#stopped = true;
    this.#abort?.abort(new ConnectionClosedError("ERR_CANCELLED", "the caller is gone"));
  }
}
