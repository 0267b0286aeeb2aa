import { X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { dirname, join } from "node:path";
import { BunsenError, SecurityError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { JudgedTls } from "../net/tls.ts";
import { mslHome } from "./home.ts";

/** Why a manager's certificate is trusted. */
export interface CertificateTrust {
  /**
   * - `"first-use"`, the default: the certificate of a host that was never seen is remembered, and from then on no other
   *   one is taken.
   * - `"known"`: only a certificate that is remembered, or `certFile`.
   * - `"authority"`: one of an authority that the system trusts, as web servers have them.
   */
  readonly trust?: "first-use" | "known" | "authority";
  /** PEM file of the certificate to trust, or of the authority it comes from. */
  readonly certFile?: string | undefined;
  /** The name that the certificate must be for, where the host is called otherwise, by its address say. */
  readonly serverName?: string;
  /** The folder with `certs/`, where certificates are remembered. Default `MSL_NETWORK_HOME`, or `~/.msl/network`. */
  readonly home?: string | undefined;
}

/**
 * TLS with a manager: how its certificate is judged.
 * @param host - As the caller wrote it: certificates are remembered by that, as the Python package does.
 * @throws BunsenError `ERR_CERT_FILE` for a file that cannot be read.
 */
export function trustOf(host: string, options: CertificateTrust, logger: Logger): JudgedTls {
  const { trust = "first-use", certFile, serverName = host } = options;
  if (trust === "authority") return { serverName };
  const file = certFile ?? rememberedAt(host, options);
  // Judged before anything is sent: a file that was given must be there.
  const known = certFile !== undefined || existsSync(file) ? readCertificate(file) : undefined;
  const judge = (shown: X509Certificate): Error | undefined => {
    const problem = known ? compare(known, shown, file, host) : firstUse(shown, trust, file, host);
    if (problem) return problem;
    const misnamed = nameProblem(shown, serverName, host);
    if (misnamed || known) return misnamed;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, shown.toString());
    logger.warn(
      { host, file, fingerprint: shown.fingerprint },
      `${host}: its certificate is trusted from now on (SHA1 fingerprint ${fingerprint(shown)}), and kept in ${file}`,
    );
    return undefined;
  };
  return { serverName, judge };
}

function rememberedAt(host: string, { home }: CertificateTrust): string {
  const { certs } = mslHome(home === undefined ? process.env : { MSL_NETWORK_HOME: home });
  return join(certs, `${host.replaceAll(/[/\\]/g, "_")}.crt`);
}

function readCertificate(file: string): X509Certificate {
  try {
    return new X509Certificate(readFileSync(file));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BunsenError(
      "ERR_CERT_FILE",
      `the certificate ${file} cannot be read (${reason}); is it a PEM file?`,
      { cause },
    );
  }
}

/** The very certificate, or one that it vouches for. */
function compare(
  known: X509Certificate,
  shown: X509Certificate,
  file: string,
  host: string,
): Error | undefined {
  if (known.raw.equals(shown.raw)) return undefined;
  if (shown.checkIssued(known) && shown.verify(known.publicKey)) return outOfDate(shown, host);
  return new SecurityError(
    "ERR_CERT_CHANGED",
    `${host} shows a certificate that is not the trusted one in ${file}: fingerprint ${fingerprint(shown)}, not ${fingerprint(known)}. If the manager was given a new one, compare the fingerprint with what "bunsen manager certdump" shows there, and remove the file to trust it; otherwise somebody is between you and the manager`,
  );
}

/** Who is pinned is not asked for its dates, who comes with a word of an authority is. */
function outOfDate(shown: X509Certificate, host: string): Error | undefined {
  const now = Date.now();
  if (now >= Date.parse(shown.validFrom) && now <= Date.parse(shown.validTo)) return undefined;
  return new SecurityError(
    "ERR_CERT_DATE",
    `the certificate of ${host} is valid from ${shown.validFrom} to ${shown.validTo}; renew it, or put the clocks right`,
  );
}

function firstUse(
  shown: X509Certificate,
  trust: CertificateTrust["trust"],
  file: string,
  host: string,
): Error | undefined {
  if (trust !== "known") return undefined;
  return new SecurityError(
    "ERR_CERT_UNKNOWN",
    `the certificate of ${host} (fingerprint ${fingerprint(shown)}) is not known here; copy it from the manager to ${file}, give it as certFile, or leave trust: "known" out to remember it`,
  );
}

function nameProblem(shown: X509Certificate, name: string, host: string): Error | undefined {
  const fits = isIP(name) ? shown.checkIP(name) : shown.checkHost(name);
  if (fits !== undefined) return undefined;
  const names = namesOf(shown);
  return new SecurityError(
    "ERR_CERT_NAME",
    `the certificate of ${host} is not for "${name}" but for ${names.join(", ")}; connect by one of these, or say { serverName: ${JSON.stringify(names[0])} } if that is the manager you mean`,
  );
}

function namesOf({ subject, subjectAltName }: X509Certificate): string[] {
  const alternatives = (subjectAltName ?? "")
    .split(", ")
    .map((text) => text.replace(/^[^:]*:/, ""));
  const common = /^CN=(.*)$/m.exec(subject)?.[1];
  return [...new Set([...(common === undefined ? [] : [common]), ...alternatives])].filter(Boolean);
}

/** As the Python package shows it: lower-case pairs of the SHA-1 sum. */
function fingerprint(certificate: X509Certificate): string {
  return certificate.fingerprint.toLowerCase();
}
