/** PyProximity, of the generations 1 to 3, over ZeroMQ. */
export type { Publication } from "./broker.ts";
export type { ProximityConnectOptions } from "./channel.ts";
export type { ProximityListenOptions } from "./listener.ts";
export type { ExceptionShape } from "./messages.ts";
export type { Encoding } from "./payload.ts";
export { type Published, type SubscribeOptions, subscribe } from "./subscription.ts";
export { TimeDelta } from "./time-delta.ts";
export type { BrokerOptions, BrokerWorker } from "./worker.ts";
