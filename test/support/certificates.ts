// @peculiar/x509 asks for this to be loaded before it.
import "reflect-metadata";
import type { webcrypto } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** A certificate with its key, as PEM text. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
}

/** A small authority for tests, with certificates for a server called `localhost` and a client. */
export interface TestAuthority extends Disposable {
  readonly ca: string;
  readonly server: Credentials;
  readonly client: Credentials;
  /** The same as files, for Python: ca.pem, server.pem, server.key, client.pem, client.key. */
  readonly folder: string;
}

export async function testAuthority(clientName = "the client"): Promise<TestAuthority> {
  const keys = await makeKeys();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Bunsen test authority",
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const issue = async (name: string): Promise<Credentials> => {
    const own = await makeKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      subject: `CN=${name}`,
      issuer: authority.subject,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.SubjectAlternativeNameExtension([{ type: "dns", value: "localhost" }]),
        await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    const key = await crypto.subtle.exportKey("pkcs8", own.privateKey);
    return { cert: certificate.toString("pem"), key: x509.PemConverter.encode(key, "PRIVATE KEY") };
  };
  const ca = authority.toString("pem");
  const server = await issue("localhost");
  const client = await issue(clientName);
  const folder = mkdtempSync(join(tmpdir(), "bunsen-tls-"));
  for (const [file, text] of Object.entries({
    "ca.pem": ca,
    "server.pem": server.cert,
    "server.key": server.key,
    "client.pem": client.cert,
    "client.key": client.key,
  })) {
    writeFileSync(join(folder, file), text);
  }
  const dispose = () => rmSync(folder, { recursive: true, force: true });
  return { ca, server, client, folder, [Symbol.dispose]: dispose };
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}
