import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { getCACertificates } from "node:tls";
import type { CallerTls, ListenerTls } from "../net/tls.ts";
import { badSetting, type Environment, given, setting, variableOf } from "./environment.ts";
import type { SettingName } from "./table.ts";

/** TLS of callers as the environment has it; undefined where it has none. */
export function callerTls(env: Environment): CallerTls | true | undefined {
  if (!setting("SSL", env)) return undefined;
  const ca = authorities(env);
  const own = certificate(env, "SSL_CLIENTCERT", "SSL_CLIENTKEY", "SSL_CLIENTKEYPASSWD");
  if (ca === undefined && own === undefined) return true;
  // Pyro trusts its authorities beside the system's; `ca` takes their place.
  return { ...own, ...(ca && { ca: [...getCACertificates("default"), ...ca] }) };
}

/**
 * TLS of listeners as the environment has it; undefined where it has none.
 * @throws BunsenError `ERR_ENVIRONMENT` where SSL is on and there is no certificate to show.
 */
export function listenerTls(env: Environment): ListenerTls | undefined {
  if (!setting("SSL", env)) return undefined;
  const own = certificate(env, "SSL_SERVERCERT", "SSL_SERVERKEY", "SSL_SERVERKEYPASSWD");
  if (own === undefined) {
    const variable = variableOf("SSL", env) as string;
    throw badSetting(
      variable,
      env[variable] as string,
      `and names no certificate for listeners: ${variable}_SERVERCERT is the PEM file of one`,
    );
  }
  const ca = authorities(env);
  return { ...own, ...(ca && { ca }), requireClientCert: setting("SSL_REQUIRECLIENTCERT", env) };
}

function certificate(
  env: Environment,
  certName: SettingName,
  keyName: SettingName,
  passphraseName: "SSL_SERVERKEYPASSWD" | "SSL_CLIENTKEYPASSWD",
): { cert: string; key: string; passphrase?: string } | undefined {
  const cert = file(env, certName);
  if (cert === undefined) return undefined;
  const passphrase = given(passphraseName, env);
  return {
    cert,
    key: file(env, keyName) ?? cert,
    ...(passphrase !== undefined && { passphrase }),
  };
}

function file(env: Environment, name: SettingName): string | undefined {
  return reading(env, name, (path) => readFileSync(path, "utf8"));
}

/** Pyro takes a file, or a folder of files. */
function authorities(env: Environment): string[] | undefined {
  return reading(env, "SSL_CACERTS", (path) => {
    const paths = statSync(path).isDirectory()
      ? readdirSync(path)
          .filter((name) => /\.(pem|crt|cer)$/.test(name))
          .map((name) => join(path, name))
      : [path];
    return paths.map((each) => readFileSync(each, "utf8"));
  });
}

function reading<T>(env: Environment, name: SettingName, read: (path: string) => T): T | undefined {
  const variable = variableOf(name, env);
  if (variable === undefined) return undefined;
  const path = env[variable] as string;
  try {
    return read(path);
  } catch (error) {
    throw badSetting(variable, path, `which cannot be read (${(error as Error).message})`);
  }
}
