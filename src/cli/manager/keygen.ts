import { join } from "node:path";
import { Argument, type Command, Option } from "commander";
import { mslHome } from "../../msl/home.ts";
import { CURVES, type Curve, makePrivateKey } from "../../msl/manager/certificates.ts";
import { writePem } from "../../msl/manager/credentials.ts";
import { integer, newCommand } from "../command.ts";
import { readKeyPassword } from "../passwords.ts";

interface KeygenOptions {
  readonly curve: Curve;
  readonly password?: string | true;
  readonly out?: string;
  readonly size: number;
}

export function keygen(): Command {
  return newCommand("keygen", {
    summary: "make a private key",
    description:
      "Makes a private key for a manager, in place of the one that is there. Only you can read the file.",
    examples: ["bunsen manager keygen", "bunsen manager keygen ecc --out lab.key --password"],
    exits: "0 done, 1 the file cannot be written, 2 wrong usage",
  })
    .addArgument(
      new Argument("[algorithm]", "the kind of key").choices(["rsa", "ecc"]).default("rsa"),
    )
    .addOption(
      new Option("-c, --curve <curve>", "of an ecc key")
        .choices(Object.keys(CURVES))
        .default("SECP384R1"),
    )
    .option(
      "-p, --password [file]",
      "encrypt the key with the first line of the file (without a file: BUNSEN_KEY_PASSWORD, else it is asked for)",
    )
    .option(
      "-o, --out <file>",
      "where the key goes (default: keys/localhost.key in the home folder)",
    )
    .option("-s, --size <bits>", "of an rsa key", integer(2048, 16_384), 2048)
    .action(run);
}

async function run(algorithm: "rsa" | "ecc", options: KeygenOptions): Promise<void> {
  const { curve, size, password } = options;
  const out = options.out ?? join(mslHome().keys, "localhost.key");
  const key = await makePrivateKey({
    algorithm,
    curve,
    size,
    password: password && (await readKeyPassword(password, "--password")),
  });
  await writePem(out, key, 0o600);
  console.log(`Created private ${algorithm.toUpperCase()} key '${out}'`);
}
