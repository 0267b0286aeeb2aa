import type { Command } from "commander";
import { levelNamed } from "../../msl/manager/log-level.ts";
import { Manager } from "../../msl/manager/manager.ts";
import type { ManagerOptions } from "../../msl/manager/options.ts";
import { MANAGER_PORT, MANAGER_RUNNING } from "../../msl/messages.ts";
import { jsonOption, newCommand, portArgument } from "../command.ts";
import { addLogOptions, type LogOptions, loggerFrom } from "../logging.ts";
import { readKeyPassword, readPassword } from "../passwords.ts";
import { warn } from "../report.ts";
import { stopSignal, untilSignal } from "../until-signal.ts";
import { UsageError } from "../usage-error.ts";

interface StartOptions extends LogOptions {
  readonly host?: string;
  readonly port: number;
  readonly authHostname?: boolean;
  readonly authLogin?: boolean;
  readonly authPassword?: string | true;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly keyFilePassword?: string | true;
  readonly database?: string;
  readonly disableTls?: boolean;
  readonly json?: boolean;
}

export function start(): Command {
  const command = newCommand("start", {
    summary: "run a manager",
    description: `Runs a manager. Prints a line with its address once it can be connected to; Ctrl-C, or an administrator, ends it. On
the first start it makes a key and a certificate, which clients are asked to trust.`,
    examples: [
      "bunsen manager start",
      "bunsen manager start --host 127.0.0.1 --disable-tls --port 0",
      "bunsen manager start --auth-password /run/secrets/manager",
    ],
    exits:
      "0 stopped by Ctrl-C or by an administrator, 1 cannot start (the port is taken, a file is broken), 2 wrong usage",
  })
    .option("-H, --host <host>", "where to listen (default: every address of this computer)")
    .option("-p, --port <port>", "0 picks a free one", portArgument, MANAGER_PORT)
    .option("--auth-hostname", "let trusted hosts in, and no others; see bunsen manager hostnames")
    .option("--auth-login", "ask for a user's name and password; see bunsen manager users")
    .option(
      "-P, --auth-password [file]",
      "ask for one password, the first line of the file (without a file: BUNSEN_MANAGER_PASSWORD, else it is asked for)",
    )
    .option(
      "-c, --cert-file <file>",
      "the certificate, as PEM; with the key in it if no key file is given",
    )
    .option("-k, --key-file <file>", "its private key, as PEM")
    .option(
      "-D, --key-file-password [file]",
      "the password of the key: first line of the file (without a file: BUNSEN_KEY_PASSWORD, else it is asked for)",
    )
    .option("-d, --database <file>", "the SQLite file with users, hosts and connections")
    .option("--disable-tls", "speak without TLS: everybody on the way can read along")
    .addOption(jsonOption("print one line of JSON instead"));
  return addLogOptions(command, { short: ["-G", "-l"], levelOf: levelNamed }).action(run);
}

async function run(options: StartOptions): Promise<void> {
  const manager = await Manager.start(await managerOptions(options));
  const stop = stopSignal();
  announce(manager, options);
  await untilSignal(stop, () => manager.close(), manager.closed);
}

async function managerOptions(options: StartOptions): Promise<ManagerOptions> {
  const { authHostname, authLogin, authPassword, keyFilePassword } = options;
  if ([authHostname, authLogin, authPassword].filter(Boolean).length > 1) {
    throw new UsageError(
      "Cannot specify multiple authentication methods: expected one of --auth-hostname, --auth-login and --auth-password",
    );
  }
  return {
    ...options,
    host: options.host ?? "",
    logger: loggerFrom(options),
    authPassword:
      authPassword &&
      (await readPassword({
        file: authPassword,
        option: "--auth-password",
        variable: "BUNSEN_MANAGER_PASSWORD",
        question: "Password of the manager",
      })),
    keyFilePassword:
      keyFilePassword && (await readKeyPassword(keyFilePassword, "--key-file-password")),
  };
}

function announce(manager: Manager, options: StartOptions): void {
  const { port, certificate } = manager;
  const host = options.host || manager.hostname;
  const open = !options.authHostname && !options.authLogin && options.authPassword === undefined;
  if (open && options.host === undefined) {
    warn(
      "whoever reaches this port can use every service: --auth-login, --auth-password and --auth-hostname ask who they are, --host 127.0.0.1 keeps to this computer",
    );
  }
  if (options.json) {
    console.log(JSON.stringify({ host, port, tls: certificate ?? null }));
    return;
  }
  if (certificate) {
    console.error(
      `The certificate is ${certificate.file}; its SHA-1 fingerprint is ${certificate.fingerprint}`,
    );
  }
  // Who starts a manager over SSH waits for this line, and Python's waits for the same words.
  console.log(`${MANAGER_RUNNING} ${host}:${port} (TLS ${certificate ? "ENABLED" : "DISABLED"})`);
}
