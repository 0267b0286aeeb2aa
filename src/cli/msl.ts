import type { Command } from "commander";
import {
  type ConnectManagerOptions,
  connectManager,
  formatIdentities,
  type ManagerIdentity,
  type MslClient,
} from "../msl/index.ts";
import { jsonOption, newCommand, timeoutOption, viaOption } from "./command.ts";
import { loggerFrom } from "./logging.ts";
import { readPassword } from "./passwords.ts";

export function command(): Command {
  const msl = newCommand("msl", {
    summary: "look at a manager of MSL-Network, or end it",
    examples: ["bunsen msl identities raspberrypi", "bunsen msl shutdown raspberrypi --user admin"],
  });
  msl.addCommand(identities());
  msl.addCommand(shutdown());
  return msl;
}

function identities(): Command {
  const command = newCommand("identities", {
    summary: "who is connected, and what the services offer",
    examples: [
      "bunsen msl identities raspberrypi",
      "bunsen msl identities localhost:1876 --disable-tls --json",
    ],
  }).addOption(jsonOption());
  return withAccess(command).action(async (host: string, options: Options & { json?: boolean }) => {
    await using client = await connectTo(host, options);
    const identity = await client.identities();
    console.log(options.json ? toJson(identity) : formatIdentities(identity));
  });
}

function shutdown(): Command {
  const command = newCommand("shutdown", {
    summary: "end a manager, and every connection to it (for administrators)",
    examples: ["bunsen msl shutdown raspberrypi --user admin --password-file secret"],
  });
  return withAccess(command).action(async (host: string, options: Options) => {
    await using client = await connectTo(host, options);
    await client.shutdownManager();
  });
}

interface Options {
  readonly user?: string;
  readonly passwordFile?: string;
  readonly managerPassword?: string | true;
  readonly disableTls?: boolean;
  readonly certFile?: string;
  readonly serverName?: string;
  readonly via?: readonly string[];
  readonly timeout?: number;
}

function withAccess(command: Command): Command {
  return command
    .argument("<host>", "HOST, HOST:PORT or msl://user@HOST:PORT")
    .option("--user <name>", "log in as this user; the password is asked for")
    .option("--password-file <file>", "the user's password is the first line of a file")
    .option("--manager-password [file]", "the manager has a password: asked for, or in a file")
    .option("--disable-tls", "the manager runs without TLS")
    .option("--cert-file <file>", "the certificate to trust, as PEM")
    .option("--server-name <name>", "the name that the certificate is for")
    .addOption(viaOption())
    .addOption(timeoutOption());
}

async function connectTo(host: string, options: Options): Promise<MslClient> {
  const { user, certFile, serverName, via, timeout } = options;
  const url = /^msl:/i.test(host) ? host : `msl://${host}`;
  return await connectManager(url, {
    name: "bunsen",
    logger: loggerFrom({}),
    ...(await secrets(url, options)),
    ...(options.disableTls && { tls: false }),
    ...(user !== undefined && { user }),
    ...(certFile !== undefined && { certFile }),
    ...(serverName !== undefined && { serverName }),
    ...(timeout !== undefined && { timeout, connectTimeoutMs: timeout }),
    via,
  });
}

async function secrets(url: string, options: Options): Promise<Partial<ConnectManagerOptions>> {
  const { user, passwordFile, managerPassword } = options;
  const logsIn = user !== undefined || passwordFile !== undefined || url.includes("@");
  const password = logsIn
    ? await readPassword({
        file: passwordFile,
        option: "--password-file",
        variable: "BUNSEN_MSL_PASSWORD",
        question: "Password of the user",
      })
    : undefined;
  if (managerPassword === undefined) return { password };
  return {
    password,
    managerPassword: await readPassword({
      file: managerPassword,
      option: "--manager-password",
      variable: "BUNSEN_MSL_MANAGER_PASSWORD",
      question: "Password of the manager",
    }),
  };
}

function toJson(identity: ManagerIdentity): string {
  const { clients, services, ...manager } = identity;
  return JSON.stringify(
    {
      ...manager,
      clients: Object.fromEntries(clients),
      services: Object.fromEntries(services),
    },
    undefined,
    2,
  );
}
