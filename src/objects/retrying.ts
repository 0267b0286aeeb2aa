import { ConnectionClosedError, TimeoutError } from "../errors.ts";
import type { Channel, Request } from "./channel.ts";

/**
 * Makes a method call, and makes it again when the connection was lost or time ran out, up to `options.retries` times:
 * it may have run each time. Attributes are left alone, as in Pyro.
 */
export async function callWithRetries(channel: Channel, request: Request): Promise<unknown> {
  const { retries = 0, signal } = request.options;
  for (let left = request.kind === "call" ? retries : 0; ; left--) {
    try {
      return await channel.call(request);
    } catch (error) {
      const isWorthIt = error instanceof ConnectionClosedError || error instanceof TimeoutError;
      if (!isWorthIt || left <= 0 || signal?.aborted) throw error;
    }
  }
}
