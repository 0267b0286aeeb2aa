import type { Command } from "commander";
import { TimeoutError } from "../errors.ts";
import { describe, kwargs, uriOf } from "../objects/index.ts";
import type { AnyRemote } from "./connecting.ts";
import { UsageError } from "./usage-error.ts";

/** What the commands that call a member have in common. */

/** How many arguments stand after `--`. */
export function literalCount(self: Command): number {
  const raw = self.parent as (Command & { readonly rawArgs?: readonly string[] }) | null;
  const args = raw?.rawArgs ?? [];
  const dashes = args.indexOf("--");
  return dashes < 0 ? 0 : args.length - dashes - 1;
}

/** Unknown where the server tells nothing, as Pyro4 with METADATA off. */
export function kindOf(proxy: AnyRemote, member: string): "method" | "attribute" | undefined {
  const { members } = describe(proxy);
  if (members.size === 0) return undefined;
  const found = members.get(member);
  if (found) return found.kind;
  throw new UsageError(
    `${uriOf(proxy)} has no member ${JSON.stringify(member)}; it has ${[...members.keys()].join(", ")}`,
  );
}

/** Calls a method; keyword arguments travel as such. */
export async function invoke(
  proxy: AnyRemote,
  member: string,
  positional: readonly unknown[],
  keywords: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const call = (proxy as unknown as Record<string, (...args: unknown[]) => unknown>)[member];
  const named = Object.keys(keywords).length > 0 ? [kwargs({ ...keywords })] : [];
  return await call?.(...positional, ...named);
}

export function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

/** The items of a stream. Each is an answer, and may take as long as one; 0 is no limit. */
export async function* inTime(
  stream: AsyncIterable<unknown>,
  timeoutMs: number,
): AsyncGenerator<unknown, void, undefined> {
  const items = stream[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      const item = await within(items.next(), timeoutMs);
      if (item.done) {
        ended = true;
        return;
      }
      yield item.value;
    }
  } finally {
    // Left early: the other side stops, which is nothing to wait for.
    if (!ended) void Promise.resolve(items.return?.()).catch(() => {});
  }
}

async function within<T>(item: Promise<T>, timeoutMs: number): Promise<T> {
  if (timeoutMs === 0) return await item;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(
      new TimeoutError(
        "ERR_TIMEOUT",
        `the next item of the stream did not come within ${timeoutMs} ms`,
      ),
    );
  }, timeoutMs);
  try {
    return await Promise.race([item, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
