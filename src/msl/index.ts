/** MSL-Network, of the releases 0.5 and 1.x at once. */
export {
  DEFAULT_MAX_MESSAGE_BYTES,
  type DecoderLimits,
  decodeLine,
  MslDecoder,
} from "./decoder.ts";
export { encodeMessage } from "./encoder.ts";
export {
  DISCONNECT,
  type ErrorMessage,
  isManagerName,
  MANAGER,
  MANAGER_PORT,
  type MalformedLine,
  type MslMessage,
  NOTIFICATION_UID,
  type NotificationMessage,
  type ReceivedMessage,
  type RequestMessage,
  type ResultMessage,
} from "./messages.ts";
