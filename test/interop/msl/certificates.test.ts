import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import {
  fingerprintOf,
  makeCertificate,
  makePrivateKey,
} from "../../../src/msl/manager/certificates.ts";
import { describeWithPython, itWithPython, runPython } from "../../support/python.ts";

describeWithPython("keys and certificates of ours in the Python package", () => {
  itWithPython.each([
    ["an RSA key", { algorithm: "rsa" }, "RSAPrivateKey"],
    ["an encrypted RSA key", { algorithm: "rsa", password: "schlüssel" }, "RSAPrivateKey"],
    ["an elliptic curve key", { algorithm: "ecc" }, "ECPrivateKey"],
    ["an encrypted one", { algorithm: "ecc", password: "x y" }, "ECPrivateKey"],
  ] as const)(
    "%s is read, and its certificate has the same fingerprint",
    async (_, options, kind) => {
      using folder = mkdtempDisposableSync(join(tmpdir(), "bunsen-msl-"));
      const password = "password" in options ? options.password : undefined;
      const key = await makePrivateKey(options);
      const cert = await makeCertificate({ key, keyPassword: password });
      const files = { key: join(folder.path, "x.key"), cert: join(folder.path, "x.crt") };
      writeFileSync(files.key, key);
      writeFileSync(files.cert, cert);
      const script = `
import json, ssl, sys
from msl.network import cryptography
key, cert, password = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
print(type(cryptography.load_key(key, password=password)).__name__.lstrip("_"))
loaded = cryptography.load_certificate(cert)
print(cryptography.get_fingerprint(loaded))
print("subjectAltName" in str(cryptography.get_metadata(loaded)["extensions"]))
ssl.create_default_context(purpose=ssl.Purpose.CLIENT_AUTH).load_cert_chain(cert, keyfile=key, password=password)
`;
      const printed = await runPython(script, [
        files.key,
        files.cert,
        JSON.stringify(password ?? null),
      ]);
      expect(printed.split("\n")).toEqual([kind, fingerprintOf(cert), "True", ""]);
    },
  );
});
