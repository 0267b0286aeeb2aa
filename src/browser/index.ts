/** Remote objects in a browser, by a gateway: what users import from "bunsen/browser". */
export {
  BunsenError,
  CommunicationError,
  ConnectionClosedError,
  DaemonError,
  MemberError,
  MessageTooLargeError,
  NamingError,
  ProtocolError,
  type RemoteDetails,
  RemoteError,
  type Retry,
  SecurityError,
  SerializeError,
  TimeoutError,
} from "../errors.ts";
export { kwargs } from "../objects/bind-arguments.ts";
export type { CallOptions, ConnectionState } from "../objects/channel.ts";
export {
  type Description,
  type MemberDescription,
  type ParameterDescription,
  signatureOf,
} from "../objects/description.ts";
export type { Observable } from "../objects/observable.ts";
export {
  assign,
  batch,
  batchOneway,
  batchSettled,
  connectionState,
  describe,
  isProxy,
  release,
  uriOf,
  withOptions,
} from "../objects/proxy.ts";
export type { Assignable, Callback, Remote, RemoteStream } from "../objects/remote.ts";
export { type Subscription, subscribe } from "../objects/subscription.ts";
export { type ClassConverter, ClassRegistry, registerClass } from "../values/classes.ts";
export { NdArray } from "../values/ndarray.ts";
export { Complex, Float, FrozenSet, float, PlainDate, Tuple, tuple } from "../values/types.ts";
export { type BrowserConnectOptions, connect } from "./connect.ts";
