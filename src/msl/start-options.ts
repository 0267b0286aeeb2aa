import { BunsenError } from "../errors.ts";
import { json } from "../serializers/json.ts";
import { PLAIN_HOOKS } from "../serializers/plain-hooks.ts";
import { isPlainRecord, type PlainRecord } from "../values/types.ts";
import type { ManagerOptions } from "./manager/options.ts";
import type { RunServicesOptions, StartServiceOptions } from "./standalone.ts";

/** What a program was told that `startManager` started, or `ssh.start_manager` of Python. */
export interface StartOptions extends RunServicesOptions {
  readonly manager: ManagerOptions;
  readonly services: StartServiceOptions;
  /** Everything, as it was sent: keyword arguments by their Python names. */
  readonly kwargs: Readonly<PlainRecord>;
}

/** Keyword arguments of Python's `run_forever`, and what they are called here. */
const OF_MANAGER: Readonly<Record<string, keyof ManagerOptions>> = {
  host: "host",
  port: "port",
  auth_hostname: "authHostname",
  auth_login: "authLogin",
  auth_password: "authPassword",
  database: "database",
  disable_tls: "disableTls",
  cert_file: "certFile",
  key_file: "keyFile",
  key_file_password: "keyFilePassword",
  // The names of release 0.5.
  certfile: "certFile",
  keyfile: "keyFile",
  keyfile_password: "keyFilePassword",
};

/** Keyword arguments of Python's `Service.start`. Where the manager is, and its certificate, is known here. */
const OF_SERVICES: Readonly<Record<string, keyof StartServiceOptions>> = {
  username: "user",
  password: "password",
  password_manager: "managerPassword",
  read_limit: "maxMessageBytes",
};

/**
 * Reads what `startManager`, or `ssh.start_manager` of Python, put on the command line of this program: the JSON after
 * `--kwargs`. For `runServices(services, parseStartOptions())`. Without it there are no options.
 * @throws BunsenError `ERR_START_OPTIONS`.
 */
export function parseStartOptions(args: readonly string[] = process.argv.slice(2)): StartOptions {
  const index = args.indexOf("--kwargs");
  const kwargs = index < 0 ? {} : parse(args[index + 1]);
  // As Python: a manager that wants a password has it, too, if only its services were told.
  const password = kwargs["auth_password"] ?? kwargs["password_manager"];
  const all = password === undefined ? kwargs : { ...kwargs, password_manager: password };
  const wantsPassword = kwargs["auth_login"] !== true && password !== undefined;
  return {
    manager: {
      ...renamed<ManagerOptions>(all, OF_MANAGER),
      ...(wantsPassword && { authPassword: String(password) }),
    },
    services: renamed<StartServiceOptions>(all, OF_SERVICES),
    kwargs,
  };
}

function parse(text: string | undefined): PlainRecord {
  let value: unknown;
  try {
    value = json.decode(Buffer.from(text ?? ""), PLAIN_HOOKS);
  } catch (cause) {
    throw badOptions(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  if (typeof value === "object" && value !== null && isPlainRecord(value)) return value;
  throw badOptions("it is no JSON object");
}

function badOptions(why: string, options: ErrorOptions = {}): BunsenError {
  const text = `what follows --kwargs cannot be read: ${why}; it is the JSON text that startManager() sends`;
  return new BunsenError("ERR_START_OPTIONS", text, options);
}

function renamed<T>(kwargs: Readonly<PlainRecord>, names: Readonly<Record<string, keyof T>>): T {
  const known = Object.entries(kwargs).filter(
    ([name, value]) => Object.hasOwn(names, name) && value !== null,
  );
  return Object.fromEntries(known.map(([name, value]) => [names[name], value])) as T;
}
