import type { Scenario } from "./contender.ts";
import { Pair } from "./pair.ts";
import type { Contender } from "./roster.ts";
import type { GatewayScenario } from "./web/scenario.ts";

/** What was measured: one number for each round. */
export class Results {
  readonly #values = new Map<string, number[]>();

  add(contender: string, scenario: Scenario | GatewayScenario, value: number): void {
    const key = `${contender} ${scenario}`;
    const values = this.#values.get(key);
    if (values) values.push(value);
    else this.#values.set(key, [value]);
  }

  /** Oldest first; empty where nothing was measured. */
  of(contender: string, scenario: Scenario | GatewayScenario): readonly number[] {
    return this.#values.get(`${contender} ${scenario}`) ?? [];
  }
}

export interface RoundOptions {
  readonly rounds: number;
  readonly ms: number;
}

/**
 * Measures one scenario: rounds in which each contender has its turn, so that what else the machine does meets all of
 * them. Contenders run alone; the processes of the others wait.
 */
export async function runScenario(
  scenario: Scenario,
  contenders: readonly Contender[],
  { rounds, ms }: RoundOptions,
  results: Results,
): Promise<void> {
  const running = contenders.filter(({ only }) => !only || only.includes(scenario));
  if (scenario === "memory") return runMemory(running, Math.min(rounds, 3), results);
  await using stack = new AsyncDisposableStack();
  const pairs: Pair[] = [];
  for (const contender of running) pairs.push(stack.use(await Pair.start(contender, scenario)));
  const share = scenario === "connect" ? ms / 2 : ms;
  for (let round = 0; round <= rounds; round++) {
    for (const [index, { id }] of running.entries()) {
      const value = await (pairs[index] as Pair).measure(scenario, share);
      // The first round lets each engine compile its code.
      if (round > 0) results.add(id, scenario, value);
    }
  }
}

/** In fresh processes each time: memory once taken is hardly given back. */
async function runMemory(
  contenders: readonly Contender[],
  rounds: number,
  results: Results,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      await using pair = await Pair.start(contender, "memory");
      results.add(contender.id, "memory", await pair.measure("memory", 5));
    }
  }
}
