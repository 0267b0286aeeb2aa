import { parseArgs } from "node:util";
import { SCENARIOS, type Scenario } from "./contender.ts";
import { CONTENDERS, type Contender } from "./roster.ts";

export interface Options {
  readonly quick: boolean;
  readonly scenarios: readonly Scenario[];
  readonly contenders: readonly Contender[];
  /** Whether the managers of MSL-Network are measured, too. */
  readonly msl: boolean;
  /** Whether gateways are measured, too. */
  readonly gateway: boolean;
  /** Whether the web console is measured, too. */
  readonly console: boolean;
  /** Measurements of each contender in each scenario. */
  readonly rounds: number;
  /** Milliseconds of one measurement. */
  readonly ms: number;
  /** Nothing was left out or shortened: only such a run replaces bench/results.md. */
  readonly full: boolean;
}

/** What `--only` takes: the scenarios, and what has some of its own: managers of MSL-Network, gateways, the console. */
const CHOICES = [...SCENARIOS, "msl", "gateway", "console"] as const;

export const USAGE: string = `npm run bench -- [--quick] [--only a,b] [--contenders a,b]

  --quick        about two minutes, for a first impression; results.md stays as it is
  --only         some of ${CHOICES.join(", ")}
  --contenders   some of ${CONTENDERS.map(({ id }) => id).join(", ")}`;

/** @throws TypeError that says what was expected. */
export function readOptions(args: readonly string[]): Options | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      contenders: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const { quick, only, contenders } = values;
  const ids = CONTENDERS.filter(({ extra }) => !(quick && extra)).map(({ id }) => id);
  const chosen =
    choose(
      "--contenders",
      contenders,
      CONTENDERS.map(({ id }) => id),
    ) ?? ids;
  const parts: readonly string[] = choose("--only", only, CHOICES) ?? CHOICES;
  return {
    quick,
    scenarios: SCENARIOS.filter((scenario) => parts.includes(scenario)),
    msl: parts.includes("msl"),
    gateway: parts.includes("gateway"),
    console: parts.includes("console"),
    contenders: CONTENDERS.filter(({ id }) => chosen.includes(id)),
    rounds: quick ? 3 : 5,
    ms: quick ? 200 : 800,
    full: !quick && only === undefined && contenders === undefined,
  };
}

function choose<T extends string>(
  option: string,
  given: string | undefined,
  known: readonly T[],
): T[] | undefined {
  if (given === undefined) return undefined;
  const names = given.split(",").map((name) => name.trim());
  const strange = names.filter((name) => !(known as readonly string[]).includes(name));
  if (strange.length > 0) {
    throw new TypeError(`Expected ${option} to be some of ${known.join(", ")}, got ${strange}`);
  }
  return known.filter((name) => names.includes(name));
}
