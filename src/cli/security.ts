import { readFileSync, statSync } from "node:fs";
import { parse } from "node:path";
import type { Command } from "commander";
import type { CallerTls, ListenerTls } from "../net/tls.ts";
import type { AcceptedHmacKey, HmacKey, ListenOptions, PyroChannelOptions } from "../pyro/index.ts";
import { type Environment, given } from "../settings/environment.ts";
import { collect } from "./command.ts";
import { warn } from "./report.ts";
import { UsageError } from "./usage-error.ts";

/** TLS and keys, of commands that call or serve. All are files: a command line can be seen by others. */
export interface SecurityOptions {
  /** False with `--no-tls`. */
  readonly tls?: boolean;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly hmacKeyFile?: string[];
}

export function addSecurityOptions(command: Command): Command {
  return command
    .option("--tls-ca <file>", "speak TLS, with peers whose certificates come from this authority")
    .option("--tls-cert <file>", "the certificate to show, as PEM")
    .option("--tls-key <file>", "its private key (default: in the certificate's file)")
    .option("--no-tls", "speak no TLS, whatever the environment says")
    .option(
      "--hmac-key-file <file>",
      "Pyro4's HMAC key; servers take several, each named by its file (default: HMAC_KEY of the environment)",
      collect,
    );
}

/** How this side calls: options of `connect`, and of `channel` where a name server is located. */
export function callerSecurity(
  options: SecurityOptions,
  env: Environment = process.env,
): Pick<PyroChannelOptions, "tls" | "hmacKey"> {
  const tls = callerTls(options, env);
  // A server may accept several; it calls with the first.
  const [file] = options.hmacKeyFile ?? [];
  const hmacKey = file === undefined ? given("HMAC_KEY", env) : readKey(file);
  return { ...(tls !== undefined && { tls }), ...(hmacKey !== undefined && { hmacKey }) };
}

/** What this side asks of its callers: options of `daemon.listen`. */
export function listenerSecurity(
  options: SecurityOptions,
  env: Environment = process.env,
): Pick<ListenOptions, "tls" | "hmacKeys"> {
  const tls = listenerTls(options, env);
  const fromEnvironment = given("HMAC_KEY", env);
  const hmacKeys: (HmacKey | AcceptedHmacKey)[] | undefined =
    options.hmacKeyFile?.map((file) => ({ key: readKey(file), identity: parse(file).name })) ??
    (fromEnvironment === undefined ? undefined : [fromEnvironment]);
  return { ...(tls !== undefined && { tls }), ...(hmacKeys && { hmacKeys }) };
}

function callerTls(options: SecurityOptions, env: Environment): CallerTls | false | undefined {
  const { tlsCa } = options;
  if (options.tls === false) return noTls(options);
  const own = certificateOf(options, given("SSL_CLIENTKEYPASSWD", env));
  if (tlsCa === undefined && own === undefined) return undefined;
  return { ...own, ...(tlsCa !== undefined && { ca: read(tlsCa, "--tls-ca") }) };
}

/** Whoever names an authority wants callers to show a certificate of it. */
function listenerTls(options: SecurityOptions, env: Environment): ListenerTls | false | undefined {
  const { tlsCa } = options;
  if (options.tls === false) return noTls(options);
  const own = certificateOf(options, given("SSL_SERVERKEYPASSWD", env));
  if (own !== undefined) {
    return tlsCa === undefined
      ? own
      : { ...own, ca: read(tlsCa, "--tls-ca"), requireClientCert: true };
  }
  if (tlsCa === undefined) return undefined;
  throw new UsageError(
    `a server with --tls-ca needs a certificate of its own, too: --tls-cert and --tls-key ("bunsen certs" makes some to try)`,
  );
}

function noTls({ tlsCa, tlsCert, tlsKey }: SecurityOptions): false {
  if ((tlsCa ?? tlsCert ?? tlsKey) === undefined) return false;
  throw new UsageError("expected --no-tls or certificates, got both");
}

interface OwnCertificate {
  readonly cert: string;
  readonly key: string;
  readonly passphrase?: string;
}

function certificateOf(
  { tlsCert, tlsKey }: SecurityOptions,
  secret: string | undefined,
): OwnCertificate | undefined {
  if (tlsCert === undefined) {
    if (tlsKey === undefined) return undefined;
    throw new UsageError("expected --tls-cert beside --tls-key: the certificate of that key");
  }
  return {
    cert: read(tlsCert, "--tls-cert"),
    key: tlsKey === undefined ? read(tlsCert, "--tls-cert") : readSecret(tlsKey, "--tls-key"),
    ...(secret !== undefined && { passphrase: secret }),
  };
}

/** The key in a file, less the newline that editors put behind it. */
export function readKey(file: string, option = "--hmac-key-file"): string {
  const key = readSecret(file, option).replace(/\r?\n$/, "");
  if (key !== "") return key;
  throw new UsageError(`${file} (${option}) is empty; expected a key in it`);
}

/** Warns of each file once. */
const warned = new Set<string>();

/** What is in a file; warns where others can read it, too. */
export function readSecret(file: string, option: string): string {
  const text = read(file, option);
  const isOpen = process.platform !== "win32" && (statSync(file).mode & 0o077) !== 0;
  if (isOpen && !warned.has(file)) {
    warned.add(file);
    warn(`${file} (${option}) can be read by others on this machine; chmod 600 ${file}`);
  }
  return text;
}

function read(file: string, option: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`${option}: ${(error as Error).message}`);
  }
}
