import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { BunsenError } from "../../errors.ts";
import { makeCertificate, makePrivateKey } from "./certificates.ts";

/** What a manager presents to those who connect. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
  readonly passphrase?: string;
  /** Where the certificate is: clients need it to know the manager. */
  readonly certFile: string;
}

export interface CredentialFiles {
  readonly certFile: string;
  /** May be the same file. */
  readonly keyFile: string;
  readonly keyPassword?: string | undefined;
}

/** @throws BunsenError `ERR_FILE` where one is missing. */
export async function loadCredentials(files: CredentialFiles): Promise<Credentials> {
  return toCredentials(files, await readPem(files.certFile), await readPem(files.keyFile));
}

/** Makes what is not there. A new key needs a new certificate. */
export async function loadOrMakeCredentials(files: CredentialFiles): Promise<Credentials> {
  const { certFile, keyFile, keyPassword } = files;
  const oldKey = await readIfThere(keyFile);
  if (oldKey === undefined) {
    await writePem(keyFile, await makePrivateKey({ password: keyPassword }), 0o600);
    return await credentialsFromKey(files);
  }
  const cert = await readIfThere(certFile);
  return cert === undefined ? credentialsFromKey(files) : toCredentials(files, cert, oldKey);
}

/** Makes the certificate from the key. */
export async function credentialsFromKey(files: CredentialFiles): Promise<Credentials> {
  const { certFile, keyFile, keyPassword } = files;
  const key = await readPem(keyFile);
  const cert = await makeCertificate({ key, keyPassword });
  await writePem(certFile, cert, 0o644);
  return toCredentials(files, cert, key);
}

/** Writes a file, with its folder. */
export async function writePem(path: string, text: string, mode: number): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { mode });
  } catch (cause) {
    throw fileError(path, "written", cause);
  }
}

/** @throws BunsenError `ERR_FILE` */
export async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw fileError(path, "read", cause);
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(path, "read", cause);
  }
}

function toCredentials(files: CredentialFiles, cert: string, key: string): Credentials {
  const { certFile, keyPassword } = files;
  return { cert, key, certFile, ...(keyPassword === undefined ? {} : { passphrase: keyPassword }) };
}

function fileError(path: string, done: "read" | "written", cause: unknown): BunsenError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BunsenError("ERR_FILE", `${path} cannot be ${done}: ${reason}`, { cause });
}
