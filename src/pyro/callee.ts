import { ProtocolError } from "../errors.ts";
import type { Request } from "../objects/channel.ts";
import {
  type ClassHooks,
  type Serializer,
  type SerializerName,
  serializerNamed,
} from "../serializers/index.ts";
import { tuple } from "../values/types.ts";
import { BlobCall } from "./blob.ts";
import { DAEMON_ID } from "./daemon-object.ts";
import { type Generation, type PyroMessage, serializerId, serializerName } from "./header.ts";
import { BATCH_MEMBER, callToWire, GET_MEMBER, SET_MEMBER } from "./payload.ts";

/** The remote object, once the handshake told how to speak to it: turns requests into payloads, and payloads back. */
export class Callee {
  readonly generation: Generation;
  readonly bunsen: boolean;
  readonly serializerId: number;
  readonly #object: string;
  readonly #serializer: Serializer;
  readonly #hooks: ClassHooks;

  constructor(
    object: string,
    peer: { readonly generation: Generation; readonly bunsen: boolean },
    serializer: SerializerName,
    hooks: ClassHooks,
  ) {
    this.generation = peer.generation;
    this.bunsen = peer.bunsen;
    this.serializerId = serializerId(peer.generation, serializer);
    this.#object = object;
    this.#serializer = serializerNamed(serializer, peer.bunsen);
    this.#hooks = hooks;
  }

  get serializer(): Serializer {
    return this.#serializer;
  }

  get hooks(): ClassHooks {
    return this.#hooks;
  }

  /** Attribute access is a call of a name that no object can have. */
  payloadOf(request: Request): unknown {
    const { member, kind, args, kwargs } = request;
    switch (kind) {
      case "call":
        return (
          BlobCall.of(request, this.#object) ??
          this.#payload(this.#object, member, args as unknown[], kwargs ?? {})
        );
      case "get":
        return this.#payload(this.#object, GET_MEMBER, [member], null);
      case "set":
        return this.#payload(this.#object, SET_MEMBER, [member, args[0]], null);
    }
  }

  batchPayload(requests: readonly Request[]): unknown {
    const calls = requests.map(({ member, args, kwargs }) =>
      tuple<unknown>(member, tuple(...args), kwargs ?? {}),
    );
    return this.#payload(this.#object, BATCH_MEMBER, calls, null);
  }

  /** A call of the daemon's own object. */
  daemonPayload(member: string, args: unknown[]): unknown {
    return this.#payload(DAEMON_ID, member, args, {});
  }

  /**
   * The value of an answer, which is in the request's serializer unless the peer has its own mind.
   * @throws SerializeError; ProtocolError `ERR_SERIALIZER`.
   */
  read(message: PyroMessage): unknown {
    if (message.serializerId === this.serializerId) {
      return this.#serializer.decode(message.payload, this.#hooks);
    }
    const name = serializerName(message.generation, message.serializerId);
    if (name === undefined) {
      throw new ProtocolError(
        "ERR_SERIALIZER",
        `the answer is in serializer ${message.serializerId}, which is not known`,
      );
    }
    return serializerNamed(name, this.bunsen).decode(message.payload, this.#hooks);
  }

  #payload(
    object: string,
    member: string,
    args: unknown[],
    kwargs: Record<string, unknown> | null,
  ): unknown {
    return callToWire(this.#serializer.name, { object, member, args, kwargs });
  }
}
