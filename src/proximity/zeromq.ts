import { BunsenError } from "../errors.ts";

export type ZeroMq = typeof import("zeromq");

let loading: Promise<ZeroMq> | undefined;

/**
 * ZeroMQ, loaded when it is first used: whoever speaks no PyProximity need not have it.
 * @throws BunsenError `ERR_MISSING_PACKAGE`.
 */
export function zeroMq(): Promise<ZeroMq> {
  loading ??= import("zeromq").catch((cause: unknown) => {
    loading = undefined;
    throw new BunsenError(
      "ERR_MISSING_PACKAGE",
      "PyProximity needs the package zeromq, which could not be loaded; npm install zeromq@6",
      { cause },
    );
  });
  return loading;
}
