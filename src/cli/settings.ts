import { DEFAULT_LIMITS } from "../pyro/connection.ts";
import { UsageError } from "./usage-error.ts";

/** One default that the environment can change. */
interface Setting {
  /** As Pyro calls it; `BUNSEN_` or `PYRO_` before it is the variable. */
  readonly name: SettingName;
  readonly fallback: string | number;
  readonly unit?: string;
  readonly meaning: string;
  /** Whether `PYRO_…` is honoured too. Default true. */
  readonly pyro?: false;
}

export type SettingName =
  | "HOST"
  | "NS_HOST"
  | "NS_PORT"
  | "NS_BCHOST"
  | "NS_BCPORT"
  | "NS_AUTOCLEAN"
  | "COMMTIMEOUT"
  | "CONNECT_TIMEOUT"
  | "SERIALIZER"
  | "MAX_MESSAGE_SIZE"
  | "LOGLEVEL";

export interface EffectiveSetting {
  readonly name: SettingName;
  readonly value: string | number;
  /** `default`, or the environment variable that it comes from. */
  readonly from: string;
  readonly unit: string;
  readonly meaning: string;
}

const SETTINGS: readonly Setting[] = [
  { name: "HOST", fallback: "localhost", meaning: "where servers listen" },
  { name: "NS_HOST", fallback: "localhost", meaning: "where the name server is looked for" },
  { name: "NS_PORT", fallback: 9090, unit: "TCP port", meaning: "of the name server" },
  {
    name: "NS_BCHOST",
    fallback: "",
    meaning: "where broadcasts are answered; empty is everywhere",
  },
  { name: "NS_BCPORT", fallback: 9091, unit: "UDP port", meaning: "of name server broadcasts" },
  {
    name: "NS_AUTOCLEAN",
    fallback: 0,
    unit: "seconds",
    meaning: "between two rounds that remove names that cannot be reached; 0 is never",
  },
  {
    name: "COMMTIMEOUT",
    fallback: 0,
    unit: "seconds",
    meaning: "that a call may take; 0 is no limit",
  },
  {
    name: "CONNECT_TIMEOUT",
    fallback: 10,
    unit: "seconds",
    meaning: "that connecting may take",
    pyro: false,
  },
  {
    name: "SERIALIZER",
    fallback: "auto",
    meaning: "of calls: serpent, json, marshal, msgpack; auto is what suits the peer",
  },
  {
    name: "MAX_MESSAGE_SIZE",
    fallback: DEFAULT_LIMITS.maxMessageBytes,
    unit: "bytes",
    meaning: "of the largest message, both ways",
  },
  {
    name: "LOGLEVEL",
    fallback: "warn",
    meaning: "of servers: debug, info, warn, error, silent",
    pyro: false,
  },
];

/** What holds now: `BUNSEN_…` before `PYRO_…` before the default. */
export function effectiveSettings(env: NodeJS.ProcessEnv = process.env): EffectiveSetting[] {
  return SETTINGS.map((setting) => effective(setting, env));
}

/** A text setting. */
export function textSetting(name: SettingName): string {
  return String(find(name).value);
}

/** @throws UsageError where the environment holds something that is no number of at least 0. */
export function numberSetting(name: SettingName): number {
  return find(name).value as number;
}

/** A text setting, if the environment has it. */
export function givenText(name: SettingName): string | undefined {
  const { value, from } = find(name);
  return from === "default" ? undefined : String(value);
}

function find(name: SettingName): EffectiveSetting {
  const setting = SETTINGS.find((candidate) => candidate.name === name) as Setting;
  return effective(setting, process.env);
}

function effective(setting: Setting, env: NodeJS.ProcessEnv): EffectiveSetting {
  const { name, fallback, unit = "", meaning } = setting;
  const variables =
    setting.pyro === false ? [`BUNSEN_${name}`] : [`BUNSEN_${name}`, `PYRO_${name}`];
  const from = variables.find((variable) => (env[variable] ?? "") !== "");
  if (from === undefined) return { name, value: fallback, from: "default", unit, meaning };
  return { name, value: read(from, env[from] as string, fallback), from, unit, meaning };
}

function read(variable: string, text: string, fallback: string | number): string | number {
  if (typeof fallback === "string") return text;
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= 0) return value;
  throw new UsageError(
    `the environment has ${variable}=${JSON.stringify(text)}, expected a number of at least 0; correct it, or unset it`,
  );
}
