import type { ConnectOptions } from "../connect.ts";
import type { Logger } from "../log.ts";
import type { Changeable } from "./changeable.ts";
import type { Policy } from "./policies.ts";
import type { ViewersOptions } from "./viewers.ts";

/** Methods of a model, by name. */
export type Methods = Record<string, (...args: never[]) => unknown>;

/** What a model is, and how it is to be treated. */
export interface ModelSpec<S extends object, R extends Methods, C extends Methods>
  extends ModelOptions {
  /** At first. A plain value: records, lists, numbers, texts; it is copied. */
  readonly state: S;
  /** Methods that read: `this` is the state, frozen. Generators stream. */
  readonly read?: R & ThisType<S>;
  /** Methods that change: `this` is a copy of the state to write into. What they return is what the caller gets. */
  readonly change?: C & ThisType<S>;
  /** What `doModify` and `modify` may set, for clients of the original. Without it there are no such methods. */
  readonly changeable?: Changeable<S>;
}

/** How a model is treated. Each has a default in `docs/models.md`. */
export interface ModelOptions {
  /** Who may change it; of several, all must agree. Default: `registered`. */
  readonly policy?: Policy | readonly Policy[];
  readonly viewers?: Partial<ViewersOptions> & {
    /** How viewers are called that are registered by their URI as text, and where names are looked up. */
    readonly connect?: Pick<ConnectOptions, "tls" | "hmacKey" | "nameServer">;
  };
  /** Where events are logged. Default: as LOGLEVEL and LOGFILE of the environment say, else warnings to standard error. */
  readonly logger?: Logger;
  /** Records of changes that `history` keeps. Default 1000. */
  readonly maxRecords?: number;
  /** Adds each record to a file, one line of JSON each. */
  readonly recordFile?: string;
  /** More connections that register are refused. Default 256. */
  readonly maxControllers?: number;
  /** What the object is, for callers. */
  readonly doc?: string;
  /** What its own methods do, for callers, by name. */
  readonly docs?: Readonly<Record<string, string>>;
}

/** Reading methods as the model has them, and its `query`. */
export type ReadingMethods<S, R extends Methods> = {
  readonly [K in keyof R]: (...args: Parameters<R[K]>) => ReturnType<R[K]>;
} & ("query" extends keyof R ? unknown : { readonly query: () => S });

/** Changing methods as the model has them: with their turn to wait for. */
export type ChangingMethods<C extends Methods> = {
  readonly [K in keyof C]: (...args: Parameters<C[K]>) => Promise<Awaited<ReturnType<C[K]>>>;
};
