import type { Dial } from "../net/socket.ts";
import type { CertificateTrust } from "./trust.ts";

/** How to get in at a manager. */
export interface MslAccess extends CertificateTrust {
  /** False where the manager runs without TLS: everybody on the way can read along. Default true. */
  readonly tls?: boolean;
  /** Who logs in, where the manager asks for a user. */
  readonly user?: string | undefined;
  /** The user's password. Read it from a file or the environment. */
  readonly password?: string | undefined;
  /** The password of the manager itself, where it asks for that. */
  readonly managerPassword?: string | undefined;
  /** Milliseconds that connecting, the handshake included, may take. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Bytes of one message. Default 1 GiB. */
  readonly maxMessageBytes?: number;
}

/** The same with how bytes get there. */
export interface MslWay extends MslAccess {
  /** Opens byte streams: by way of a tunnel, say. */
  readonly dial?: Dial | undefined;
}

export const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
