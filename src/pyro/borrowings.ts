import { type BunsenError, SerializeError } from "../errors.ts";
import type { Description } from "../objects/description.ts";
import { CALL_MEMBER, FUNCTION } from "../objects/function-entry.ts";
import { takeBack } from "../objects/lenders.ts";
import { createProxy, createRemoteFunction } from "../objects/proxy.ts";
import type { ClassHooks, SerializerName } from "../serializers/index.ts";
import { BorrowedChannel } from "./borrowed-channel.ts";
import type { Calls } from "./calls.ts";

/** One function or object of the peer. */
interface Borrowed {
  readonly number: number;
  /** Weak: what nobody here holds any more is given back. */
  readonly channel: WeakRef<BorrowedChannel>;
  /** How many times it arrived. */
  arrived: number;
}

/** The functions and objects of the peer that this side holds, by the numbers that the peer gave them. */
export class Borrowings {
  readonly peer: string;
  readonly calls: Calls;
  readonly #max: number;
  readonly #giveBack: (number: number, times: number) => void;
  readonly #byNumber = new Map<number, Borrowed>();
  readonly #collected = new FinalizationRegistry<Borrowed>((borrowed) => this.#forget(borrowed));
  #closedBecause: BunsenError | undefined;
  /** How they are spoken to: in the serializer that the peer speaks. */
  serializer: SerializerName = "msgpack";
  hooks: ClassHooks | undefined;

  constructor(
    peer: string,
    calls: Calls,
    max: number,
    giveBack: (number: number, times: number) => void,
  ) {
    this.peer = peer;
    this.calls = calls;
    this.#max = max;
    this.#giveBack = giveBack;
  }

  /**
   * What a number stands for here. The same one as long as anybody here holds it, so that it can be recognised.
   * @param description - Of an object; a function has none.
   * @throws SerializeError `ERR_TOO_MANY_CALLBACKS`.
   */
  take(number: number, description: Description | undefined): object {
    const known = this.#byNumber.get(number);
    const held = known?.channel.deref();
    if (known && held) {
      known.arrived += 1;
      return held.standIn;
    }
    if (this.#byNumber.size >= this.#max) {
      throw new SerializeError(
        "ERR_TOO_MANY_CALLBACKS",
        `${this.#byNumber.size} callbacks and objects of the peer are held here, as many as maxCallbacks allows; release some, or raise it`,
        { retry: "later" },
      );
    }
    const channel = new BorrowedChannel(this, number, description ?? FUNCTION);
    channel.standIn = description
      ? createProxy(channel)
      : createRemoteFunction(channel, CALL_MEMBER);
    const borrowed = { number, channel: new WeakRef(channel), arrived: 1 };
    this.#byNumber.set(number, borrowed);
    this.#collected.register(channel, borrowed, channel);
    return channel.standIn;
  }

  /** Nobody here needs it any more. */
  release(channel: BorrowedChannel): void {
    const borrowed = this.#byNumber.get(channel.number);
    if (borrowed?.channel.deref() !== channel) return;
    this.#collected.unregister(channel);
    this.#forget(borrowed);
  }

  closed(reason: BunsenError): void {
    this.#closedBecause = reason;
    for (const { channel } of this.#byNumber.values()) {
      const borrowed = channel.deref();
      borrowed?.lost(reason);
      // Whoever it was passed on to could not call it, either.
      if (borrowed) takeBack(borrowed.standIn);
    }
    this.#byNumber.clear();
  }

  #forget(borrowed: Borrowed): void {
    if (this.#byNumber.get(borrowed.number) === borrowed) this.#byNumber.delete(borrowed.number);
    if (this.#closedBecause === undefined) this.#giveBack(borrowed.number, borrowed.arrived);
  }
}
