import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  webcrypto,
  X509Certificate,
} from "node:crypto";
import { hostname } from "node:os";
import { promisify } from "node:util";
import { BunsenError } from "../../errors.ts";
import { ownAddresses } from "./hosts.ts";

/** Elliptic curves for keys, by the names that the Python package gives them. */
export const CURVES = { SECP256R1: "P-256", SECP384R1: "P-384", SECP521R1: "P-521" } as const;
/** The curves that keys can be on, as MSL-Network names them. */
export type Curve = keyof typeof CURVES;
export const HASHES = ["SHA256", "SHA384", "SHA512"] as const;
/** The hashes that certificates can be signed with. */
export type HashName = (typeof HASHES)[number];

/** What kind of private key is made. */
export interface KeyOptions {
  readonly algorithm?: "rsa" | "ecc";
  /** Bits of an RSA key. Default 2048. */
  readonly size?: number;
  /** Default SECP384R1. */
  readonly curve?: Curve;
  /** Encrypts the key. */
  readonly password?: string | undefined;
}

/** What a certificate says, and how it is signed. */
export interface CertificateOptions {
  /** PEM text of the private key. */
  readonly key: string;
  readonly keyPassword?: string | undefined;
  /** Default 100, as the Python package: who pins a certificate has no use for one that expires. */
  readonly yearsValid?: number;
  readonly hash?: HashName;
}

/** Clocks differ: a certificate that was made a moment ago must be valid on the machine next to this one. */
const SKEW_MS = 60 * 60 * 1000;

const makeKeys = promisify(generateKeyPair);

/** A private key as PEM text, in the traditional form that the Python package writes. */
export async function makePrivateKey(options: KeyOptions = {}): Promise<string> {
  const { algorithm = "rsa", size = 2048, curve = "SECP384R1", password } = options;
  const secret = password === undefined ? {} : { cipher: "aes-256-cbc", passphrase: password };
  if (algorithm === "ecc") {
    const { privateKey } = await makeKeys("ec", { namedCurve: CURVES[curve] });
    return privateKey.export({ type: "sec1", format: "pem", ...secret }) as string;
  }
  const { privateKey } = await makeKeys("rsa", { modulusLength: size });
  return privateKey.export({ type: "pkcs1", format: "pem", ...secret }) as string;
}

/**
 * A certificate as PEM text, signed with its own key, for every name and address of this computer.
 * @throws BunsenError `ERR_KEY` for a key that is none, is encrypted with another password, or cannot sign.
 */
export async function makeCertificate(options: CertificateOptions): Promise<string> {
  const { yearsValid = 100, hash = "SHA256" } = options;
  const key = readKey(options.key, options.keyPassword);
  const { x509, crypto } = await loadX509();
  const algorithm = signingAlgorithm(key, hash);
  const [privateKey, publicKey] = await Promise.all([
    crypto.subtle.importKey(
      "pkcs8",
      key.export({ type: "pkcs8", format: "der" }),
      algorithm,
      true,
      ["sign"],
    ),
    crypto.subtle.importKey(
      "spki",
      createPublicKey(key).export({ type: "spki", format: "der" }),
      algorithm,
      true,
      ["verify"],
    ),
  ]);
  const notBefore = new Date(Date.now() - SKEW_MS);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [hostname()] }],
    keys: { privateKey, publicKey },
    signingAlgorithm: algorithm,
    notBefore,
    notAfter: later(notBefore, yearsValid),
    extensions: [new x509.SubjectAlternativeNameExtension(alternativeNames())],
  });
  return `${certificate.toString("pem")}\n`;
}

/** The SHA-1 fingerprint, as clients show it before they trust a certificate: `a1:b2:…` */
export function fingerprintOf(cert: string): string {
  return new X509Certificate(cert).fingerprint.toLowerCase();
}

function readKey(pem: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const text = `the private key cannot be read (${reason}); is it a PEM key, and is its password right?`;
    throw new BunsenError("ERR_KEY", text, { cause });
  }
}

function signingAlgorithm(key: KeyObject, hash: HashName) {
  const digest = hash.replace("SHA", "SHA-");
  if (key.asymmetricKeyType === "rsa") return { name: "RSASSA-PKCS1-v1_5", hash: digest };
  const curve = NODE_CURVES.get(key.asymmetricKeyDetails?.namedCurve ?? "");
  if (curve !== undefined) return { name: "ECDSA", namedCurve: curve, hash: digest };
  const kind = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType;
  const text = `a ${kind} key cannot sign a certificate here; use RSA, or one of the curves ${Object.keys(CURVES).join(", ")}`;
  throw new BunsenError("ERR_KEY", text);
}

const NODE_CURVES = new Map([
  ["prime256v1", "P-256"],
  ["secp384r1", "P-384"],
  ["secp521r1", "P-521"],
]);

function alternativeNames() {
  const dns = new Set([hostname(), "localhost"]);
  const ips = new Set(["127.0.0.1", "::1", ...ownAddresses("IPv4")]);
  return [
    ...Array.from(dns, (value) => ({ type: "dns" as const, value })),
    ...Array.from(ips, (value) => ({ type: "ip" as const, value })),
  ];
}

/** Fractions of a year count in days. */
function later(from: Date, years: number): Date {
  const whole = Math.trunc(years);
  const date = new Date(from);
  date.setUTCFullYear(date.getUTCFullYear() + whole);
  date.setUTCDate(date.getUTCDate() + Math.trunc((years - whole) * 365));
  return date;
}

/** Loaded by whoever makes a certificate: most managers have theirs. */
async function loadX509() {
  // @peculiar/x509 asks for this to be loaded before it.
  await import("reflect-metadata");
  return { x509: await import("@peculiar/x509"), crypto: webcrypto };
}
