/** What the rooms around it use of `objects/`. */
export { KeywordArguments, kwargs } from "./bind-arguments.ts";
export type { Annotations, Call, Caller, CallKind, PeerCertificate } from "./call.ts";
export type { CallOptions, Channel, ConnectionState } from "./channel.ts";
export { type CallContext, callContext, currentContext } from "./context.ts";
export {
  type Description,
  type MemberDescription,
  type ParameterDescription,
  signatureOf,
} from "./description.ts";
export type { CallHook, HandshakeHook } from "./dispatcher.ts";
export type { InstanceMode, RegisterOptions } from "./entry.ts";
export { type Exposable, type ExposeSpec, expose, exposed, type MemberSpec } from "./expose.ts";
export { Observable } from "./observable.ts";
export {
  assign,
  batch,
  batchOneway,
  batchSettled,
  channelOf,
  connectionState,
  createProxy,
  describe,
  isProxy,
  release,
  uriOf,
  withOptions,
} from "./proxy.ts";
export type { Assignable, Callback, Remote, RemoteStream } from "./remote.ts";
export type { Resource } from "./session.ts";
export type { SerialOptions } from "./turns.ts";
