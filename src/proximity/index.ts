/** PyProximity, of the generations 1, 2 and 3 (request/reply), over ZeroMQ. */
export type { ProximityConnectOptions } from "./channel.ts";
export type { ProximityListenOptions } from "./listener.ts";
export type { ExceptionShape } from "./messages.ts";
export type { Encoding } from "./payload.ts";
export { TimeDelta } from "./time-delta.ts";
