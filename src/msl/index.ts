/** MSL-Network, of the releases 0.5 and 1.x at once. */
export type { MslAccess } from "./access.ts";
export type { NotificationHandler } from "./channel.ts";
export { type LinkOptions, MslClient, type MslClientOptions } from "./client.ts";
export { type ConnectManagerOptions, connectManager } from "./connect.ts";
export {
  DEFAULT_MAX_MESSAGE_BYTES,
  type DecoderLimits,
  decodeLine,
  MslDecoder,
} from "./decoder.ts";
export { encodeMessage } from "./encoder.ts";
export { type MslHome, mslHome } from "./home.ts";
export {
  type ClientIdentity,
  formatIdentities,
  type ManagerIdentity,
  type ServiceIdentity,
} from "./identities.ts";
export { Joined, type JoinOptions } from "./joining.ts";
export { type LinkedClient, type LinkedClientOptions, linkedClient } from "./linked-client.ts";
export {
  acquireLock,
  clientOf,
  onNotification,
  releaseLock,
  serviceOf,
  shutdownService,
} from "./links.ts";
export {
  type CertificateOptions,
  type Curve,
  fingerprintOf,
  type HashName,
  type KeyOptions,
  makeCertificate,
  makePrivateKey,
} from "./manager/certificates.ts";
export type { ConnectionLog, ConnectionRecord, LoggedPeer } from "./manager/connection-log.ts";
export { ManagerDatabase } from "./manager/database.ts";
export { Manager } from "./manager/manager.ts";
export type { ManagerOptions } from "./manager/options.ts";
export type { SwitchboardLimits } from "./manager/switchboard.ts";
export type { TrustedHosts } from "./manager/trusted-hosts.ts";
export type { User, Users } from "./manager/users.ts";
export {
  DISCONNECT,
  type ErrorMessage,
  isManagerName,
  MANAGER,
  MANAGER_PORT,
  MANAGER_RUNNING,
  type MalformedLine,
  type MslMessage,
  NOTIFICATION_UID,
  type NotificationMessage,
  type ReceivedMessage,
  type RequestMessage,
  type ResultMessage,
} from "./messages.ts";
export type { ServiceOptions } from "./service.ts";
export {
  type RunServicesOptions,
  runServices,
  type StartServiceOptions,
  startServices,
} from "./standalone.ts";
export {
  type RemoteProcess,
  StartError,
  type StartedManager,
  type StartManagerOptions,
  startManager,
} from "./start-manager.ts";
export { parseStartOptions, type StartOptions } from "./start-options.ts";
export type { CertificateTrust } from "./trust.ts";
