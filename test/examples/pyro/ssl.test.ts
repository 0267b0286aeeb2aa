// @peculiar/x509 asks for this to be loaded before it.
import "reflect-metadata";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Credentials } from "../../../src/cli/certs/authority.ts";
import { checkLeaks } from "../../support/leaks.ts";
import { eachPairing, hasOriginals, originals, Programs } from "../pairings.ts";

// The originals look for their certificates in ../../certs, and know them by serial number and subject. Those of Pyro
// are out of date, so these have the same in them, and today's date.
const base = mkdtempSync(join(tmpdir(), "bunsen-ssl-"));
const certs = join(base, "certs");
const folder = join(base, "examples", "ssl");
const SERIALS = {
  server: "63B5A2EB71E2C78CBE4200C7EAB9634E7B669407",
  client: "1FABD733200A52DCED0702B7A856773F37AAC0E3",
};

beforeAll(async () => {
  mkdirSync(certs);
  const server = await makeCertificate("server");
  const client = await makeCertificate("client");
  // Each is its own authority, and all that the other side trusts.
  for (const [role, own, ca] of [
    ["server", server, client],
    ["client", client, server],
  ] as const) {
    mkdirSync(join(base, role));
    writeFileSync(join(base, role, "ca.pem"), ca.cert);
    writeFileSync(join(base, role, `${role}.pem`), own.cert);
    writeFileSync(join(base, role, `${role}.key`), own.key);
    writeFileSync(join(certs, `${role}_cert.pem`), own.cert);
    writeFileSync(join(certs, `${role}_key.pem`), own.key);
  }
  mkdirSync(folder, { recursive: true });
  if (!hasOriginals("Pyro5")) return;
  for (const program of ["server.py", "client.py"]) {
    copyFileSync(join(originals, "pyro5/ssl", program), join(folder, program));
  }
});
afterAll(() => rmSync(base, { recursive: true }));

async function makeCertificate(role: keyof typeof SERIALS): Promise<Credentials> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: SERIALS[role],
    name: "C=NL, O=Razorvine.net, OU=Pyro5, CN=localhost",
    notBefore: new Date(now - 3_600_000),
    notAfter: new Date(now + 86_400_000),
    keys,
    signingAlgorithm: algorithm,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: "localhost" }])],
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { cert: certificate.toString("pem"), key: x509.PemConverter.encode(key, "PRIVATE KEY") };
}

const moved = (programs: Programs) => (programs.original ? programs.in(folder) : programs);

eachPairing("ssl", {}, async ({ server, client }) => {
  const served = server.original ? {} : { args: [join(base, "server"), "localhost"] };
  await using safe = await moved(server).start("server", served);
  const answers = [`${safe.ready}`];
  const args = client.original ? [] : [join(base, "client"), "client"];
  const said = await moved(client).run("client", { answers, args });
  expect(said).toContain("response: hi!\n");
  expect(said).toContain(`SSL server cert is ok: serial=${SERIALS.server}`);
  await safe.nextLine(new RegExp(`SSL client cert is ok: serial=${SERIALS.client}`));
  await safe.nextLine(/got message: +client speaking/);
});

describe("examples/pyro/ssl", () => {
  checkLeaks();
  it("lets in nobody but whom the certificate must name", async () => {
    const ours = new Programs("Bunsen", "ssl", {});
    await using safe = await ours.start("server", { args: [join(base, "server"), "rosalind"] });
    const args = [join(base, "client"), "client"];
    const caller = { args, answers: [`${safe.ready}`] };
    await expect(ours.run("client", caller)).rejects.toThrow(
      "localhost may not call, only rosalind",
    );
  });
});
