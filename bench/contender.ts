/** What every contender is asked for; each gives one number. */
export const SCENARIOS = [
  "sequential",
  "outstanding",
  "bytes",
  "streams",
  "connect",
  "memory",
] as const;

export type Scenario = (typeof SCENARIOS)[number];

/** Calls that are out at once in "outstanding". */
export const OUTSTANDING = 100;
/** Items of one stream. A stream that is not through when its time is up is left. */
export const STREAM_ITEMS = 100_000;
/** Connections that lie idle in "memory". */
export const IDLE_CONNECTIONS = 1000;
/** The argument of a small call: with a header of 40 bytes and the names, a frame of about 100 bytes. */
export const TEXT: string = "thermostat 7 reads 20.25 degrees Celsius right now";
export const BLOB_BYTES: number = 1024 * 1024;

/**
 * What a client can be measured at. Each takes the milliseconds it may use and gives calls (or items) a second,
 * bytes a second, or milliseconds; "memory" opens idle connections and gives their number. Left out: not applicable.
 */
export type Loads = Partial<Record<Scenario, (ms: number) => Promise<number>>>;

/** A contender that runs on Node: the default export of a file in `contenders/`. */
export interface NodeContender {
  /** Starts serving on a free port of 127.0.0.1, in this process. */
  serve(): Promise<number>;
  /** Makes a client, in this process. `serializer` is the one to ask for; undefined leaves the default. */
  loads(port: number, serializer?: string): Promise<Loads>;
}
