import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { mslHome } from "../../msl/home.ts";
import {
  HASHES,
  type HashName,
  makeCertificate,
  makePrivateKey,
} from "../../msl/manager/certificates.ts";
import { readPem, writePem } from "../../msl/manager/credentials.ts";
import { newCommand } from "../command.ts";
import { readKeyPassword } from "../passwords.ts";
import { describeCertificate } from "./certdump.ts";

interface CertgenOptions {
  readonly algorithm: HashName;
  readonly keyFile?: string;
  readonly keyFilePassword?: string | true;
  readonly yearsValid: number;
  readonly show?: boolean;
}

export function certgen(): Command {
  return newCommand("certgen", {
    summary: "make a certificate",
    description: `Makes a certificate for every name and address of this computer, signed with its own key, in place of the one that is
there. Whoever trusted the old one has to trust it anew.`,
    examples: [
      "bunsen manager certgen",
      "bunsen manager certgen lab.crt --key-file lab.key --years-valid 2",
    ],
    exits: "0 done, 1 a file cannot be read or written, 2 wrong usage",
  })
    .argument("[out]", "where it goes (default: certs/localhost.crt in the home folder)")
    .addOption(
      new Option("-a, --algorithm <hash>", "of the signature").choices(HASHES).default("SHA256"),
    )
    .option(
      "-k, --key-file <file>",
      "the private key (default: keys/localhost.key, made if it is not there)",
    )
    .option(
      "-p, --key-file-password [file]",
      "the password of the key: first line of the file (without a file: BUNSEN_KEY_PASSWORD, else it is asked for)",
    )
    .option("-y, --years-valid <years>", "0.25 is three months", years, 100)
    .option("--show", "print what is in it")
    .action(run);
}

async function run(given: string | undefined, options: CertgenOptions): Promise<void> {
  const home = mslHome();
  const out = given ?? join(home.certs, "localhost.crt");
  const { algorithm, keyFilePassword, yearsValid } = options;
  const password =
    keyFilePassword && (await readKeyPassword(keyFilePassword, "--key-file-password"));
  const keyFile = options.keyFile ?? join(home.keys, "localhost.key");
  if (options.keyFile === undefined && !existsSync(keyFile)) {
    await writePem(keyFile, await makePrivateKey({ password }), 0o600);
  }
  const key = await readPem(keyFile);
  const cert = await makeCertificate({ key, keyPassword: password, hash: algorithm, yearsValid });
  await writePem(out, cert, 0o644);
  console.log(`Created the self-signed certificate '${out}'`);
  if (options.show) console.log(describeCertificate(cert));
}

function years(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0 && value <= 1000) return value;
  throw new InvalidArgumentError("Expected a number of years, greater than 0 and up to 1000.");
}
