import type { Call, Caller } from "./call.ts";
import type { Entry } from "./entry.ts";
import type { ExposedMember } from "./expose.ts";
import { ItemStream } from "./stream.ts";
import { type SerialOptions, Turns } from "./turns.ts";

/** By object, and not by entry: lent to one caller and registered for others, it is still one device. */
const turnsOf = new WeakMap<object, Turns>();

/**
 * The entry of a device that takes one call at a time, whoever calls, and whichever instance it has. Members that are
 * exposed with `serial: false` do not wait. A stream takes a turn for each item, so that others get theirs in between.
 */
export function serialEntry(entry: Entry, serial: true | SerialOptions): Entry {
  const turns = turnsOfTarget(entry.target, entry.id, serial === true ? {} : serial);
  return {
    id: entry.id,
    get target() {
      return entry.target;
    },
    get exposure() {
      return entry.exposure;
    },
    perform(member: ExposedMember, call: Call, caller: Caller): unknown {
      const perform = () => entry.perform(member, call, caller);
      if (member.serial === false) return perform();
      const result = turns.take(perform, () => call.signal);
      return result instanceof Promise
        ? result.then((value) => inTurns(value, turns))
        : inTurns(result, turns);
    },
  };
}

function turnsOfTarget(target: object | undefined, id: string, options: SerialOptions): Turns {
  const turns = (target && turnsOf.get(target)) ?? new Turns(`"${id}"`, options);
  if (target) turnsOf.set(target, turns);
  return turns;
}

function inTurns(result: unknown, turns: Turns): unknown {
  const items = typeof result === "object" && result !== null ? ItemStream.from(result) : undefined;
  if (items === undefined) return result;
  const stream: AsyncIterableIterator<unknown> = {
    [Symbol.asyncIterator]: () => stream,
    // The stream was let in when it was called for; its items wait, but are not refused.
    next: async () => (await turns.takeSurely(() => items.next())) as IteratorResult<unknown>,
    async return() {
      await turns.takeSurely(() => items.close());
      return { done: true, value: undefined };
    },
  };
  return stream;
}
