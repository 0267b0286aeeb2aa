import type { Logger } from "./log.ts";
import { type CallHook, currentContext } from "./objects/index.ts";
import { asError } from "./values/exceptions.ts";

/** Which call a log line belongs to. */
export interface CallFields {
  /** Where the caller is, such as `127.0.0.1:53120`. */
  readonly caller?: string;
  /** Whom a key or certificate proved it to be. */
  readonly identity?: string;
  readonly object?: string;
  readonly member?: string;
  /** The same in the lines of every process that a chain of calls passes. */
  readonly correlationId?: string;
}

/**
 * Tells which call is being served; empty outside a call. Made for a logger of your own: `pino({ mixin: callFields })`
 * has these fields in each of its lines.
 */
export function callFields(): CallFields {
  const context = currentContext();
  if (context === undefined) return {};
  const { caller, object, member, correlationId } = context;
  const { identity, address } = caller;
  return {
    caller: address,
    ...(identity !== undefined && { identity }),
    object,
    member,
    correlationId,
  };
}

/** The same logger, with {@link callFields} in each line. */
export function withCallFields(logger: Logger): Logger {
  const at = (level: keyof Logger) => (fields: object, message: string) =>
    logger[level]({ ...callFields(), ...fields }, message);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** A hook that writes one debug line for each call: what was called, by whom, how it went, and how long it took. */
export function logCalls(logger: Logger): CallHook {
  return (call, _caller, next) => {
    const { kind } = call;
    const since = performance.now();
    const done = (outcome: object) => {
      const ms = Math.round((performance.now() - since) * 1000) / 1000;
      logger.debug({ kind, ms, ...outcome }, `${kind} ${call.object}.${call.member}`);
    };
    const failed = (thrown: unknown): never => {
      const { name, message } = asError(thrown);
      done({ error: `${name}: ${message}` });
      throw thrown;
    };
    let result: unknown;
    try {
      result = next();
    } catch (error) {
      return failed(error);
    }
    if (!(result instanceof Promise)) {
      done({});
      return result;
    }
    return result.then((value) => {
      done({});
      return value;
    }, failed);
  };
}
