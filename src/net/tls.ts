import type { ConnectionOptions, PeerCertificate, TLSSocket, TlsOptions } from "node:tls";

/** PEM text, or the bytes of a PEM file. */
export type Pem = string | Uint8Array;

/** TLS of a caller. `true` in its place trusts what the system trusts, and shows no certificate. */
export interface CallerTls {
  /** Authorities to trust in place of the system's. */
  readonly ca?: Pem | readonly Pem[];
  /** This side's own certificate and key, where the daemon asks for one. */
  readonly cert?: Pem;
  readonly key?: Pem;
  readonly passphrase?: string;
  /** The name that the daemon's certificate must be for. Default: the host of the URI. */
  readonly serverName?: string;
}

/** TLS of a listener. */
export interface ListenerTls {
  readonly cert: Pem;
  readonly key: Pem;
  readonly passphrase?: string;
  /** Authorities that callers' certificates must come from. */
  readonly ca?: Pem | readonly Pem[];
  /** Refuses callers that show no certificate of those authorities. Default false. */
  readonly requireClientCert?: boolean;
}

/** What node:tls wants of a caller's options. Certificates are always checked, names too. */
export function connectionOptions(tls: CallerTls | true, host: string): ConnectionOptions {
  const { serverName = host, ca, ...own } = tls === true ? {} : tls;
  return {
    ...plain({ ...own, ca }),
    // An address has no name that could be told to the server; its certificate is still checked for it.
    ...(isAddress(serverName) ? {} : { servername: serverName }),
    host,
    rejectUnauthorized: true,
  };
}

/** What node:tls wants of a listener's options. */
export function serverOptions(tls: ListenerTls, handshakeTimeoutMs: number): TlsOptions {
  const { requireClientCert = false, ...own } = tls;
  return {
    ...plain(own),
    // A certificate that is shown is always checked; one that is missing is refused only where it is required.
    requestCert: tls.ca !== undefined || requireClientCert,
    rejectUnauthorized: requireClientCert,
    handshakeTimeout: handshakeTimeoutMs,
  };
}

/** Whom a checked certificate names: its common name, else its first alternative name, else its fingerprint. */
export function identityOf(socket: TLSSocket): string | undefined {
  if (!socket.authorized) return undefined;
  const certificate = socket.getPeerCertificate() as Partial<PeerCertificate>;
  const name = certificate.subject?.CN;
  return (
    (Array.isArray(name) ? name[0] : name) ??
    certificate.subjectaltname ??
    certificate.fingerprint256
  );
}

/** What to do about a TLS handshake that failed; undefined where the error is none of TLS. */
export function tlsAdvice(error: NodeJS.ErrnoException, host: string): string | undefined {
  switch (error.code) {
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `its certificate is not for "${host}"; connect by a name that it has, or say which with tls.serverName`;
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      return `its certificate is not of an authority that is trusted here (${error.code}); give the authority's certificate as tls.ca`;
    case "CERT_HAS_EXPIRED":
      return "its certificate has expired (CERT_HAS_EXPIRED); renew it";
    default:
      return error.code?.startsWith("ERR_SSL_") || error.code === "EPROTO"
        ? `TLS failed (${error.code}: ${error.message}); does the daemon speak TLS at this port, and does it ask for a certificate?`
        : undefined;
  }
}

type NodeOptions = { [name: string]: unknown };

function plain(options: object): NodeOptions {
  return Object.fromEntries(
    Object.entries(options)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, toNode(value)]),
  );
}

function toNode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toNode);
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}

function isAddress(host: string): boolean {
  return host.includes(":") || /^\d+(\.\d+){3}$/.test(host);
}
