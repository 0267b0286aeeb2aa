/** The Pyro dialect, both generations: what other rooms may use of it. */
export { SerializedBlob } from "./blob.ts";
export { type CallbackPlace, NotYet } from "./callback-place.ts";
export {
  channelByGateway,
  channelOver,
  type Gateway,
  PyroChannel,
  type PyroChannelOptions,
  proxyFromReference,
} from "./channel.ts";
export { type ProxyReference, referenceTo } from "./classes.ts";
export { DAEMON_ID, DaemonObject } from "./daemon-object.ts";
export type { AcceptedHmacKey, HmacKey } from "./hmac.ts";
export {
  type ListenOptions,
  PyroListener,
  type StreamServingOptions,
  serveCaller,
  serveStream,
} from "./listener.ts";
export { metadataOf } from "./metadata.ts";
export type { Counters, ListeningHost, ServingHost } from "./serving-options.ts";
export { DEFAULT_STREAM_OPTIONS, type StreamOptions, StreamTable } from "./streams.ts";
export {
  BY_GATEWAY,
  formatLocation,
  type Location,
  PyroUri,
  parseLocation,
  parseUri,
} from "./uri.ts";
