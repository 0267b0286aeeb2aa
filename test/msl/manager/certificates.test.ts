import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempDisposableSync, readFileSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { describe, expect, it } from "vitest";
import {
  fingerprintOf,
  makeCertificate,
  makePrivateKey,
} from "../../../src/msl/manager/certificates.ts";
import { loadOrMakeCredentials } from "../../../src/msl/manager/credentials.ts";
import { Manager } from "../../../src/msl/manager/manager.ts";
import { checkLeaks } from "../../support/leaks.ts";

checkLeaks();

const DAY_MS = 24 * 60 * 60 * 1000;

describe("a certificate", () => {
  it("is for every name and address of this computer, and for a hundred years", async () => {
    const key = await makePrivateKey();
    const certificate = new X509Certificate(await makeCertificate({ key }));
    for (const name of [hostname(), "localhost"]) expect(certificate.checkHost(name)).toBe(name);
    for (const ip of ["127.0.0.1", "::1"]) expect(certificate.checkIP(ip)).toBe(ip);
    expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(certificate.ca).toBe(false);
    const days = (Date.parse(certificate.validTo) - Date.now()) / DAY_MS;
    expect(Math.round(days / 365.25)).toBe(100);
    // Clocks differ.
    expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now() - 30 * 60_000);
  });

  it("may be valid for part of a year", async () => {
    const key = await makePrivateKey({ algorithm: "ecc" });
    const cert = new X509Certificate(
      await makeCertificate({ key, yearsValid: 0.5, hash: "SHA384" }),
    );
    const days = (Date.parse(cert.validTo) - Date.parse(cert.validFrom)) / DAY_MS;
    expect(Math.round(days)).toBe(182);
  });

  it.each([
    ["no key", "nonsense", undefined],
    ["a key with another password", "encrypted", "wrong"],
  ])("is not made of %s", async (_, kind, keyPassword) => {
    const key = kind === "encrypted" ? await makePrivateKey({ password: "right" }) : kind;
    await expect(makeCertificate({ key, keyPassword })).rejects.toMatchObject({ code: "ERR_KEY" });
  });

  it("is made anew where the key was lost, and kept otherwise", async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), "bunsen-msl-"));
    const files = { certFile: join(folder.path, "a/x.crt"), keyFile: join(folder.path, "b/x.key") };
    const first = await loadOrMakeCredentials(files);
    expect(await loadOrMakeCredentials(files)).toEqual(first);
    rmSync(files.keyFile);
    const second = await loadOrMakeCredentials(files);
    expect(second.cert).not.toBe(first.cert);
    expect(readFileSync(files.certFile, "utf8")).toBe(second.cert);
  });
});

describe("a manager with TLS", () => {
  it("can be checked by its own certificate, by name and by address, over IPv4 and IPv6", async () => {
    using home = mkdtempDisposableSync(join(tmpdir(), "bunsen-msl-"));
    await using manager = await Manager.start({ port: 0, host: "", home: home.path });
    const { file = "", fingerprint } = manager.certificate ?? {};
    const ca = readFileSync(file, "utf8");
    expect(fingerprint).toBe(fingerprintOf(ca));
    for (const host of ["localhost", "127.0.0.1", "::1"]) {
      const socket = tls.connect({ host, port: manager.port, ca });
      const line = await new Promise<string>((resolve, reject) => {
        socket.once("data", (data) => resolve(String(data)));
        socket.once("error", reject);
      });
      expect(JSON.parse(line)).toMatchObject({ attribute: "identity" });
      expect(socket.authorized).toBe(true);
      socket.destroy();
    }
  });

  it("refuses TLS below 1.2", async () => {
    using home = mkdtempDisposableSync(join(tmpdir(), "bunsen-msl-"));
    await using manager = await Manager.start({ port: 0, home: home.path });
    const socket = tls.connect({
      host: "127.0.0.1",
      port: manager.port,
      rejectUnauthorized: false,
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT@SECLEVEL=0",
    });
    const error = await new Promise((resolve) => socket.once("error", resolve));
    expect(error).toMatchObject({ code: expect.stringMatching(/VERSION|NO_PROTOCOLS/) });
  });
});
