import { ConnectionClosedError } from "../errors.ts";
import type { Call, CallKind } from "../objects/call.ts";
import type { PlainRecord } from "../values/types.ts";
import { bytesToUuid } from "./correlation.ts";
import { Flag, type PyroMessage, serializerName, TIME_LEFT, userAnnotations } from "./header.ts";
import { type CallPayload, GET_MEMBER, SET_MEMBER } from "./payload.ts";

/** A request as the dispatcher sees it. What is rarely asked for is made when it is asked for. */
export class ServedCall implements Call {
  readonly object: string;
  readonly member: string;
  readonly kind: CallKind;
  readonly args: unknown[];
  readonly kwargs: PlainRecord | null;
  readonly oneway: boolean;
  responseAnnotations: Map<string, Uint8Array> | undefined;
  readonly #message: PyroMessage;
  /** The batch that this call is a part of. */
  readonly #whole: ServedCall | undefined;
  #deadline: number | undefined;
  #abort: AbortController | undefined;
  #stopped = false;

  constructor(payload: CallPayload, message: PyroMessage, whole?: ServedCall) {
    const kind = kindOf(payload.member);
    this.object = payload.object;
    this.kind = kind;
    this.member = kind === "call" ? payload.member : String(payload.args[0]);
    this.args = kind === "set" ? [payload.args[1]] : payload.args;
    this.kwargs = payload.kwargs;
    this.oneway = (message.flags & Flag.Oneway) !== 0;
    this.responseAnnotations = undefined;
    this.#message = message;
    this.#whole = whole;
    const timeLeft = message.annotations?.get(TIME_LEFT);
    if (timeLeft?.byteLength === 4 && message.bunsen) {
      const { buffer, byteOffset } = timeLeft;
      this.#deadline = performance.now() + new DataView(buffer, byteOffset).getUint32(0);
    }
  }

  get annotations(): ReadonlyMap<string, Uint8Array> | undefined {
    return userAnnotations(this.#message.annotations);
  }

  /** The annotations of the answer so far, which are to travel with it; what is set later is for the next item. */
  takeAnnotations(): Map<string, Uint8Array> | undefined {
    const annotations = this.responseAnnotations;
    this.responseAnnotations = undefined;
    return annotations?.size ? annotations : undefined;
  }

  get sequence(): number {
    return this.#message.seq;
  }

  get serializer(): string | undefined {
    return serializerName(this.#message.generation, this.#message.serializerId);
  }

  get correlationId(): string | undefined {
    const bytes = this.#message.correlationId;
    return bytes === undefined ? undefined : bytesToUuid(bytes);
  }

  get deadline(): number | undefined {
    return this.#whole ? this.#whole.deadline : this.#deadline;
  }

  /** The answer is sent, or its stream has begun: what still runs has all the time it wants. */
  answered(): void {
    this.#deadline = undefined;
  }

  get signal(): AbortSignal {
    if (this.#whole) return this.#whole.signal;
    this.#abort ??= new AbortController();
    if (this.#stopped) this.stop();
    return this.#abort.signal;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** The caller no longer waits. */
  stop(): void {
    this.#stopped = true;
    this.#abort?.abort(
      new ConnectionClosedError("ERR_CANCELLED", "the caller cancelled this call, or is gone"),
    );
  }

  /** One call of a batch. */
  part(member: string, args: unknown[], kwargs: PlainRecord | null): ServedCall {
    return new ServedCall({ object: this.object, member, args, kwargs }, this.#message, this);
  }
}

/** Attribute access arrives as a call of these two; both names are private, so no object can expose them. */
function kindOf(member: string): CallKind {
  if (member === GET_MEMBER) return "get";
  if (member === SET_MEMBER) return "set";
  return "call";
}
