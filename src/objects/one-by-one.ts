import type { BatchResult, Request } from "./channel.ts";

/**
 * The batch of a dialect that has none: the calls are made one after the other, up to the first that fails. Nobody looks
 * at the results of a one-way batch.
 */
export async function callOneByOne(
  call: (request: Request) => Promise<unknown>,
  requests: readonly Request[],
  oneway: boolean,
): Promise<readonly BatchResult[]> {
  const results: BatchResult[] = [];
  for (const request of requests) {
    try {
      results.push({ value: await call(request) });
    } catch (error) {
      results.push({ error });
      break;
    }
  }
  return oneway ? [] : results;
}
