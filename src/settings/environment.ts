import { BunsenError } from "../errors.ts";
import {
  SETTINGS,
  type Setting,
  type SettingName,
  type Settings,
  WITHOUT_EFFECT,
} from "./table.ts";

/** Environment variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process; empty where there is none, as in a browser. */
export function processEnvironment(): Environment {
  return globalThis.process?.env ?? {};
}

/** What holds: `BUNSEN_…` before `PYRO_…` before the default. Read each time: nothing is remembered. */
export function setting<Name extends SettingName>(name: Name, env: Environment): Settings[Name] {
  return given(name, env) ?? SETTINGS[name].fallback;
}

/**
 * The value that the environment has for a setting, if it has one. An empty variable counts as none.
 * @throws BunsenError `ERR_ENVIRONMENT` naming the variable, its value, and what is allowed.
 */
export function given<Name extends SettingName>(
  name: Name,
  env: Environment,
): Settings[Name] | undefined {
  const variable = variableOf(name, env);
  if (variable === undefined) return undefined;
  const { reader, secret }: Setting<Settings[Name]> = SETTINGS[name];
  const value = reader.read(env[variable] as string);
  if (value !== undefined) return value;
  throw badSetting(
    variable,
    secret ? "…" : (env[variable] as string),
    `expected ${reader.expected}`,
  );
}

/** An error about a variable that can be read, but not followed. */
export function badSetting(variable: string, value: string, problem: string): BunsenError {
  return new BunsenError(
    "ERR_ENVIRONMENT",
    `The environment has ${variable}=${JSON.stringify(value)}, ${problem}; correct it, or unset it`,
  );
}

/** The variable that a setting is taken from; undefined where the environment has none. */
export function variableOf(name: SettingName, env: Environment): string | undefined {
  const variables = SETTINGS[name].ours ? [`BUNSEN_${name}`] : [`BUNSEN_${name}`, `PYRO_${name}`];
  return variables.find((variable) => (env[variable] ?? "") !== "");
}

/** One line of what `bunsen config` shows. */
export interface EffectiveSetting {
  readonly name: string;
  readonly value: string | number | boolean | readonly string[];
  /** `default`, or the environment variable that it comes from. */
  readonly from: string;
  readonly meaning: string;
}

/** Every setting that holds now, and where it comes from. Secrets are not told. */
export function effectiveSettings(env: Environment): EffectiveSetting[] {
  return (Object.keys(SETTINGS) as SettingName[]).map((name) => {
    const { meaning, secret } = SETTINGS[name];
    const value = setting(name, env);
    return {
      name,
      value: secret && value !== "" ? "(not shown)" : value,
      from: variableOf(name, env) ?? "default",
      meaning,
    };
  });
}

/** A variable that looks like a setting and changes nothing, with the reason. */
export interface IgnoredVariable {
  readonly variable: string;
  readonly reason: string;
}

/** Variables of the environment that begin as ours or Pyro's do, and that nothing looks at. */
export function ignoredVariables(env: Environment): IgnoredVariable[] {
  return Object.keys(env)
    .filter((variable) => /^(PYRO|BUNSEN)_/.test(variable))
    .sort()
    .flatMap((variable) => {
      const name = variable.replace(/^[A-Z]+_/, "");
      const setting = Object.hasOwn(SETTINGS, name) ? SETTINGS[name as SettingName] : undefined;
      if (setting && !(setting.ours && variable.startsWith("PYRO_"))) return [];
      const reason = Object.hasOwn(WITHOUT_EFFECT, name) ? WITHOUT_EFFECT[name] : undefined;
      return [{ variable, reason: reason ?? "neither Pyro nor Bunsen has such a setting" }];
    });
}
