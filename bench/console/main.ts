import { chromium } from "playwright-core";
import { findChromium } from "../../scripts/chromium.mjs";
import { buildConsole } from "../../scripts/console-build.ts";
import { median } from "../load.ts";
import type { RoundOptions } from "../rounds.ts";
import { table } from "../table.ts";
import { NAMES, timesToInteractive } from "./interactive.ts";
import { CHANNELS, memoryOfPlots } from "./memory.ts";

/** To reach: milliseconds until the console with a thousand names can be used. */
const GOAL_MS = 1_000;
/** To reach: what may be more after an hour of plotting than after a quarter, as a part of it. */
const GOAL_GROWTH = 0.05;

const NOTES = `The console in a headless Chromium on this machine, from a gateway on it. Interactive: from the beginning of the navigation, with
nothing cached, until names are shown, a name is typed into the search, and what was looked for is shown. Memory: ${CHANNELS} streams of
10 samples a second on one plot, drawn while a calendar of its own hurries through the time; what scripts hold after a
collection, typed arrays included.`;

/** Measures the web console in Chromium; the report as Markdown, or why there is none. */
export async function benchConsole({ rounds }: Pick<RoundOptions, "rounds">): Promise<string> {
  const executablePath = findChromium();
  if (executablePath === undefined) return "The console was not measured: no Chromium here.";
  await buildConsole();
  const browser = await chromium.launch({
    executablePath,
    chromiumSandbox: process.getuid?.() !== 0, // which Chromium refuses to be root's
    args: ["--disable-dev-shm-usage"],
  });
  try {
    const times = await timesToInteractive(browser, rounds);
    const memory = await memoryOfPlots(browser);
    const found = median(times.map((one) => one.found));
    const after = (minutes: number) =>
      memory.find((point) => point.minutes === minutes)?.bytes ?? 0;
    const growth = after(60) / after(15) - 1;
    const rows = [
      [
        `names are shown, with ${NAMES} names`,
        `${median(times.map((one) => one.names)).toFixed(0)} ms`,
        "",
      ],
      ["interactive", `${found.toFixed(0)} ms`, verdict(found <= GOAL_MS, `${GOAL_MS} ms`)],
      ...memory.map(({ minutes, bytes }) => [
        `memory after ${minutes} minutes of plotting`,
        `${(bytes / 1e6).toFixed(1)} MB`,
        minutes === 60
          ? verdict(growth <= GOAL_GROWTH, `as after 15, +${100 * GOAL_GROWTH} %`)
          : "",
      ]),
    ];
    return `${table(["console", "", "goal"], rows)}\n\n${NOTES}`;
  } finally {
    await browser.close();
  }
}

function verdict(isReached: boolean, goal: string): string {
  return `${goal}: ${isReached ? "reached" : "not reached"}`;
}
