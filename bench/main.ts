// `npm run bench`: Bunsen beside a raw echo, Pyro5, gRPC and Cap'n Web, in one run and in turn.

import { writeFileSync } from "node:fs";
import { benchConsole } from "./console/main.ts";
import { benchManagers } from "./msl/main.ts";
import { type Options, readOptions, USAGE } from "./options.ts";
import type { Contender } from "./roster.ts";
import { Results, runScenario } from "./rounds.ts";
import { goalsTable, resultsTable } from "./table.ts";
import { busyness, versions } from "./versions.ts";
import { benchGateways } from "./web/main.ts";

const RESULTS = new URL("results.md", import.meta.url);

const NOTES = `In brackets: the ratio to the raw echo in the same round. Medians over rounds in which each contender has its turn.

- A call sends and returns a text of 50 characters: frames of about 100 bytes, as those of the raw echo.
- Python's proxies make one call at a time. Its "100 outstanding" is the best of 1, 2, 8 and 32 threads, each with a proxy of its own.
- MB/s count the payload once, though it travels both ways. Every contender, the raw echo too, has the whole message before it answers. A value is one piece of memory, though, and so is that of the raw echo "in one piece", at both ends; the other passes on the chunks that it read, which no library that gives its users bytes can.
- A raw echo has no streams: the reference there is its sequential rate. Streams are of 100,000 numbers; the slow ones are left when their time is up.
- Memory is the growth of the serving process over 1,000 connections that have made one call each, after a collection. Pyro5's threads would refuse the 81st: there it is its multiplexing server.`;

const options = readOptionsOrEnd();
if (options === "help") console.log(USAGE);
else await run(options);

function readOptionsOrEnd(): Options | "help" {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

async function run({
  scenarios,
  contenders: wanted,
  msl,
  gateway,
  console: page,
  rounds,
  ms,
  full,
}: Options): Promise<void> {
  const contenders = await runnable(wanted);
  const results = new Results();
  const busy = busyness();
  console.error(busy);
  for (const scenario of scenarios) {
    await withProgress(scenario, () => runScenario(scenario, contenders, { rounds, ms }, results));
  }
  const reports: string[] = [];
  const others = [
    { name: "msl", wanted: msl, bench: benchManagers },
    { name: "gateway", wanted: gateway, bench: benchGateways },
  ];
  for (const { name, wanted, bench } of others) {
    if (!wanted || !contenders.some(needsPython)) continue;
    await withProgress(name, async () => {
      reports.push(await bench({ rounds, ms }, results));
    });
  }
  if (page) {
    await withProgress("console", async () => {
      reports.push(await benchConsole({ rounds }));
    });
  }
  const report = [
    "# Benchmark results",
    "Written by `npm run bench`.",
    `${versions()}\n${busy}`,
    ...(scenarios.length > 0 ? [resultsTable(contenders, scenarios, results), NOTES] : []),
    ...reports,
    goalsTable(results),
  ];
  console.log(`\n${report.slice(2).join("\n\n")}`);
  // What is left out or hurried must not stand where the whole stood.
  if (full && contenders.length === wanted.length)
    writeFileSync(RESULTS, `${report.join("\n\n")}\n`);
}

async function withProgress(scenario: string, body: () => Promise<void>): Promise<void> {
  const start = performance.now();
  process.stderr.write(`${scenario} … `);
  await body();
  process.stderr.write(`${((performance.now() - start) / 1000).toFixed(0)} s\n`);
}

function needsPython({ client, server }: Contender): boolean {
  return [client, server].some(({ runtime }) => runtime === "python");
}

/** Leaves out what needs Python where there is none. */
async function runnable(contenders: readonly Contender[]): Promise<readonly Contender[]> {
  if (!contenders.some(needsPython)) return contenders;
  const setup = new URL("../scripts/setup.mjs", import.meta.url).href;
  const { installPython } = (await import(setup)) as { installPython(): string | undefined };
  const missing = installPython();
  if (missing === undefined) return contenders;
  console.error(`bench: without Pyro5: ${missing}`);
  return contenders.filter((contender) => !needsPython(contender));
}
