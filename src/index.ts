/** Remote objects for the lab. The only file that users import from "bunsen". */
export { type CallFields, callFields, withCallFields } from "./call-log.ts";
export {
  type ConnectOptions,
  connect,
  type MslConnectOptions,
  type StreamTarget,
} from "./connect.ts";
export {
  type AnnounceOptions,
  Daemon,
  type DaemonOptions,
  type Registration,
  type ServedStream,
  type ServeOptions,
} from "./daemon.ts";
export {
  BunsenError,
  type BunsenErrorOptions,
  CommunicationError,
  ConnectionClosedError,
  DaemonError,
  MemberError,
  MessageTooLargeError,
  NamingError,
  ProtocolError,
  RemoteArithmeticError,
  RemoteAttributeError,
  type RemoteDetails,
  RemoteError,
  RemoteIndexError,
  RemoteKeyError,
  RemoteNotImplementedError,
  RemoteOSError,
  RemoteTypeError,
  RemoteValueError,
  type Retry,
  SecurityError,
  SerializeError,
  TimeoutError,
} from "./errors.ts";
export { type ByteSource, type ByteStreamOptions, byteStream } from "./files/byte-stream.ts";
export { FileStore, type FileStoreOptions, type StoredFile } from "./files/file-store.ts";
export type { FileFacts } from "./files/partial-file.ts";
export type { Held } from "./held.ts";
export { fileLogger, type Logger, type LogLevel, SILENT, stderrLogger } from "./log.ts";
export {
  Announcement,
  type LocateOptions,
  locateNameServer,
  type NameChange,
  type NameEvent,
  type NameFilter,
  type NameLookup,
  type NameRecord,
  type NameServerClient,
  type NameServerStatistics,
  type NameSnapshot,
  type RegisterNameOptions,
  typeMeta,
  type WatchOptions,
} from "./names/index.ts";
export {
  type NameServerServeOptions,
  type RunningNameServer,
  startNameServer,
} from "./names/serve.ts";
export type { AnyStream } from "./net/any-stream.ts";
export type { CallerTls, ListenerTls, Pem } from "./net/tls.ts";
export {
  type Annotations,
  type Assignable,
  assign,
  batch,
  batchOneway,
  batchSettled,
  type Call,
  type Callback,
  type CallContext,
  type Caller,
  type CallHook,
  type CallKind,
  type CallOptions,
  type ConnectionState,
  callContext,
  connectionState,
  type Description,
  describe,
  type Exposable,
  type ExposeSpec,
  expose,
  exposed,
  type HandshakeHook,
  type InstanceMode,
  isProxy,
  KeywordArguments,
  kwargs,
  type MemberDescription,
  type MemberSpec,
  type Observable,
  type ParameterDescription,
  type PeerCertificate,
  type RegisterOptions,
  type Remote,
  type RemoteStream,
  type Resource,
  release,
  type SerialOptions,
  signatureOf,
  uriOf,
  withOptions,
} from "./objects/index.ts";
export { type Subscription, subscribe } from "./objects/subscription.ts";
export type { Listener, ListenOptions } from "./places.ts";
export {
  type AcceptedHmacKey,
  type HmacKey,
  PyroUri,
  parseUri,
  SerializedBlob,
} from "./pyro/index.ts";
export { type SerializerName, serpentBytes } from "./serializers/index.ts";
export { type ClassConverter, ClassRegistry, registerClass } from "./values/classes.ts";
export type { ArrayData, DataOf, DType, DTypeOf, ElementOf } from "./values/dtypes.ts";
export { NdArray, type NdArrayOptions, ndarray } from "./values/ndarray.ts";
export type { Nested } from "./values/nested.ts";
export {
  Complex,
  Ellipsis,
  Float,
  FrozenSet,
  float,
  PlainDate,
  Tuple,
  tuple,
} from "./values/types.ts";
