import { join } from "node:path";
import { BunsenError } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import { withDefaults } from "../../options.ts";
import { DEFAULT_MAX_MESSAGE_BYTES } from "../decoder.ts";
import { type MslHome, mslHome } from "../home.ts";
import type { Authentication } from "./admission.ts";
import {
  type Credentials,
  credentialsFromKey,
  loadCredentials,
  loadOrMakeCredentials,
} from "./credentials.ts";
import type { SwitchboardLimits } from "./switchboard.ts";

/** Named as the options of the Python package. */
export interface ManagerOptions extends Partial<SwitchboardLimits> {
  /** Name or address to listen at. Default 127.0.0.1; `""` or `0.0.0.0` for every address of this computer. */
  readonly host?: string;
  /** Default 1875; 0 picks a free one. */
  readonly port?: number;
  /** One password for all clients and services. */
  readonly authPassword?: string | undefined;
  /** Clients and services log in with the name and password of a user of the database. */
  readonly authLogin?: boolean | undefined;
  /** Only hosts that the database lists may connect. */
  readonly authHostname?: boolean | undefined;
  /** The SQLite file. Default `manager.sqlite3` in the home folder. */
  readonly database?: string | undefined;
  /** Lets everybody on the way read along. Default false. */
  readonly disableTls?: boolean | undefined;
  /** PEM files. Without them, the ones in the home folder are used, and made on the first start. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly keyFilePassword?: string | undefined;
  /** The folder with the database, keys and certificates. Default `MSL_NETWORK_HOME`, or `~/.msl/network`. */
  readonly home?: string | undefined;
  /** Default: silent. */
  readonly logger?: Logger;
}

export const DEFAULT_LIMITS: SwitchboardLimits = {
  maxMessageBytes: DEFAULT_MAX_MESSAGE_BYTES,
  maxHandshakeBytes: 1024 * 1024,
  maxPendingBytes: 1024 * 1024,
  maxQueuedBytes: 512 * 1024 * 1024,
  maxConnections: 10_000,
  handshakeTimeoutMs: 5 * 60_000,
  maxUnanswered: 65_536,
  maxHeldBytes: 2 * 1024 * 1024 * 1024,
  maxIdentitiesBytes: 16 * 1024 * 1024,
};

export function limitsOf(options: ManagerOptions): SwitchboardLimits {
  const names = Object.keys(DEFAULT_LIMITS) as (keyof SwitchboardLimits)[];
  const given = Object.fromEntries(names.map((name) => [name, options[name]]));
  return withDefaults(DEFAULT_LIMITS, given);
}

/** @throws BunsenError `ERR_BAD_OPTION` for more than one way to authenticate. */
export function authenticationOf(options: ManagerOptions): Authentication {
  const { authPassword, authLogin = false, authHostname = false } = options;
  const given = [authPassword !== undefined, authLogin, authHostname].filter(Boolean);
  if (given.length > 1) {
    throw new BunsenError(
      "ERR_BAD_OPTION",
      "Cannot specify multiple authentication methods: choose one of authPassword, authLogin and authHostname",
    );
  }
  if (authPassword === "") throw new BunsenError("ERR_BAD_OPTION", "`authPassword` is empty");
  if (authPassword !== undefined) return { by: "password", password: authPassword };
  if (authLogin) return { by: "login" };
  return authHostname ? { by: "hostname" } : { by: "nothing" };
}

export function homeOf({ home }: ManagerOptions): MslHome {
  return mslHome(home === undefined ? process.env : { MSL_NETWORK_HOME: home });
}

/**
 * The certificate to present; undefined without TLS. As in the Python package: with a key file alone the certificate is
 * made anew from that key, and a certificate file alone must hold the key, too.
 */
export async function credentialsOf(options: ManagerOptions): Promise<Credentials | undefined> {
  if (options.disableTls) return undefined;
  const { certFile, keyFile, keyFilePassword: keyPassword } = options;
  const home = homeOf(options);
  // Clients look the certificate up by the host that they connect to.
  const everywhere = ["", "0.0.0.0", "::"].includes(options.host ?? "");
  const name = everywhere ? "localhost" : options.host;
  const ownCert = join(home.certs, `${name}.crt`);
  if (certFile !== undefined) {
    return await loadCredentials({ certFile, keyFile: keyFile ?? certFile, keyPassword });
  }
  if (keyFile !== undefined) {
    return await credentialsFromKey({ certFile: ownCert, keyFile, keyPassword });
  }
  const ownKey = join(home.keys, `${name}.key`);
  return await loadOrMakeCredentials({ certFile: ownCert, keyFile: ownKey, keyPassword });
}
