import { X509Certificate } from "node:crypto";
import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { BunsenError } from "../../errors.ts";
import { fingerprintOf } from "../../msl/manager/certificates.ts";
import { readPem } from "../../msl/manager/credentials.ts";
import { newCommand } from "../command.ts";

export function certdump(): Command {
  return newCommand("certdump", {
    summary: "show what is in a certificate",
    examples: ["bunsen manager certdump ~/.msl/network/certs/localhost.crt"],
    exits: "0 done, 1 the file cannot be read, or is no certificate, 2 wrong usage",
  })
    .argument("<file>", "a certificate, as PEM")
    .option("-o, --out <file>", "write it to this file instead")
    .action(async (file: string, { out }: { readonly out?: string }) => {
      const text = describeCertificate(await readPem(file), file);
      if (out === undefined) console.log(text);
      else await writeFile(out, `${text}\n`);
    });
}

/** One line a fact. */
export function describeCertificate(pem: string, file = "the certificate"): string {
  const certificate = parse(pem, file);
  const { publicKey, subjectAltName = "" } = certificate;
  const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {};
  const size = modulusLength === undefined ? namedCurve : `${modulusLength} bits`;
  const facts = {
    Subject: oneLine(certificate.subject),
    Issuer: oneLine(certificate.issuer),
    "Valid from": certificate.validFrom,
    "Valid to": certificate.validTo,
    Names: subjectAltName,
    "Serial number": certificate.serialNumber.toLowerCase(),
    "Public key": `${publicKey.asymmetricKeyType?.toUpperCase()} ${size ?? ""}`.trim(),
    "Fingerprint (SHA1)": fingerprintOf(pem),
    "Fingerprint (SHA256)": certificate.fingerprint256.toLowerCase(),
  };
  const width = Math.max(...Object.keys(facts).map((name) => name.length));
  return Object.entries(facts)
    .map(([name, value]) => `${name.padEnd(width)}  ${value}`)
    .join("\n");
}

function parse(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new BunsenError("ERR_FILE", `${file} holds no PEM certificate`, { cause });
  }
}

function oneLine(name: string): string {
  return name.split("\n").join(", ");
}
