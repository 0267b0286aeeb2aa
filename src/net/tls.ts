import type { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import {
  type ConnectionOptions,
  checkServerIdentity,
  type PeerCertificate,
  TLSSocket,
  type TlsOptions,
} from "node:tls";

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

/**
 * Judges the certificate that a peer showed, in place of authorities: returns why it is not to be trusted. The peer has
 * proved by then that it has the key.
 */
export type JudgeCertificate = (certificate: X509Certificate) => Error | undefined;

/** TLS of a caller that does not leave the judgement to authorities. */
export interface JudgedTls extends CallerTls {
  readonly judge?: JudgeCertificate;
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
export function connectionOptions(tls: JudgedTls | true, host: string): ConnectionOptions {
  const { serverName = host, ca, judge, ...own } = tls === true ? ({} as JudgedTls) : tls;
  return {
    ...plain({ ...own, ca }),
    // An address has no name that could be told to the server; its certificate is still checked for it.
    ...(isAddress(serverName) ? {} : { servername: serverName }),
    host,
    // By a tunnel the host that Node knows of is not the one that is meant.
    checkServerIdentity: (_, certificate) => checkServerIdentity(serverName, certificate),
    // With a judge of our own, the connection is given out only after the judgement.
    rejectUnauthorized: judge === undefined,
  };
}

/** Why the certificate that a peer showed is not to be trusted, if a judge of our own says so. */
export function judgement(tls: JudgedTls | true | undefined, socket: TLSSocket): Error | undefined {
  if (typeof tls !== "object" || tls.judge === undefined) return undefined;
  const certificate = socket.getPeerX509Certificate();
  return certificate ? tls.judge(certificate) : new Error("the peer showed no certificate");
}

/** What node:tls wants of a listener's options. */
export function serverOptions(tls: ListenerTls, handshakeTimeoutMs: number): TlsOptions {
  const { requireClientCert: _, ...own } = tls;
  return {
    ...plain(own),
    requestCert: asksForCertificates(tls),
    // Judged by `certificateProblem`: OpenSSL would hang up, and nobody would know why.
    rejectUnauthorized: false,
    handshakeTimeout: handshakeTimeoutMs,
  };
}

function asksForCertificates({ ca, requireClientCert = false }: ListenerTls): boolean {
  return ca !== undefined || requireClientCert;
}

/** What begins the words of a refusal for want of a certificate: how a caller knows it for one. */
export const CLIENT_CERTIFICATE = "client certificate";

/**
 * Why a caller is not let in: a certificate that is shown is always checked; one that is missing is refused where it is
 * required.
 */
export function certificateProblem(socket: TLSSocket, tls: ListenerTls): string | undefined {
  if (!asksForCertificates(tls) || socket.authorized) return undefined;
  const isShown = Object.keys(socket.getPeerCertificate()).length > 0;
  if (!isShown && !tls.requireClientCert) return undefined;
  return isShown
    ? `${CLIENT_CERTIFICATE} refused (${socket.authorizationError}): show one that an authority issued that is trusted here, and that is valid`
    : `${CLIENT_CERTIFICATE} required: show one, as tls.cert and tls.key (in Python SSL_CLIENTCERT and SSL_CLIENTKEY)`;
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

/** The certificate that the peer showed, if it was found good. */
export function certificateOf(socket: Socket): X509Certificate | undefined {
  return socket instanceof TLSSocket && socket.authorized
    ? socket.getPeerX509Certificate()
    : undefined;
}

/** Whether the other end hung up because of the certificate that it was shown, or missed. */
export function isCertificateAlert({ code = "" }: NodeJS.ErrnoException): boolean {
  return /^ERR_SSL_\w*ALERT\w*_(\w*CERTIFICATE\w*|UNKNOWN_CA|HANDSHAKE_FAILURE)$/.test(code);
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
        ? `TLS failed (${error.code}); does the daemon speak TLS at this port?`
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
