// @peculiar/x509 asks for this to be loaded before it.
import "reflect-metadata";
import type { webcrypto } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Clocks differ: a certificate that was made a moment ago must be valid on the machine next to this one. */
const SKEW_MS = 60 * 60 * 1000;

/** A certificate with its key, as PEM text. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateRequest {
  /** The common name: of a caller, its identity. */
  readonly name: string;
  /** Names and addresses that a server is called by. A client has none. */
  readonly hosts?: readonly string[];
  readonly days: number;
}

/** Issues certificates. Its own is what every side trusts. */
export class Authority {
  readonly credentials: Credentials;
  readonly #certificate: x509.X509Certificate;
  readonly #keys: webcrypto.CryptoKeyPair;

  private constructor(
    credentials: Credentials,
    certificate: x509.X509Certificate,
    keys: webcrypto.CryptoKeyPair,
  ) {
    this.credentials = credentials;
    this.#certificate = certificate;
    this.#keys = keys;
  }

  static async create({ name, days }: CertificateRequest): Promise<Authority> {
    const keys = await makeKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: [{ CN: [name] }],
      ...validity(days),
      keys,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
          true,
        ),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    const key = await exportKey(keys.privateKey);
    return new Authority({ cert: certificate.toString("pem"), key }, certificate, keys);
  }

  /** One that was made before. */
  static async load(credentials: Credentials): Promise<Authority> {
    const certificate = new x509.X509Certificate(credentials.cert);
    const [encoded] = x509.PemConverter.decode(credentials.key);
    const privateKey = await crypto.subtle.importKey(
      "pkcs8",
      encoded as ArrayBuffer,
      ALGORITHM,
      false,
      ["sign"],
    );
    const publicKey = await certificate.publicKey.export(ALGORITHM, ["verify"]);
    return new Authority(credentials, certificate, { privateKey, publicKey });
  }

  async issue({ name, hosts = [], days }: CertificateRequest): Promise<Credentials> {
    const keys = await makeKeys();
    const usages = [x509.ExtendedKeyUsage.clientAuth];
    // A server calls, too: a name server that asks for certificates, or objects that its callers pass to it.
    if (hosts.length > 0) usages.push(x509.ExtendedKeyUsage.serverAuth);
    const certificate = await x509.X509CertificateGenerator.create({
      subject: [{ CN: [name] }],
      issuer: this.#certificate.subjectName,
      ...validity(days),
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension(usages),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(this.#keys.publicKey),
        ...(hosts.length > 0
          ? [new x509.SubjectAlternativeNameExtension(hosts.map(hostName))]
          : []),
      ],
    });
    return { cert: certificate.toString("pem"), key: await exportKey(keys.privateKey) };
  }
}

function hostName(host: string): x509.JsonGeneralName {
  return { type: isIP(host) ? "ip" : "dns", value: host };
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - SKEW_MS), notAfter: new Date(now + days * DAY_MS) };
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}
