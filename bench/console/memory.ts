import type { Browser, CDPSession } from "playwright-core";
import { BenchLab } from "./lab.ts";

/** What an hour is simulated with: eight channels, ten samples a second each. */
export const CHANNELS = 8;
const PER_SECOND = 10;
const GIVE_UP_MS = 30_000;
/** Seconds that the page's calendar jumps at a time. */
const JUMP_S = 3;

export interface MemoryPoint {
  /** Minutes of simulated plotting. */
  readonly minutes: number;
  /** Of the page after a collection: what scripts hold, typed arrays included. */
  readonly bytes: number;
}

/**
 * The plots page with an hour and a half of samples, in less than a minute: what is measured is what it holds on to.
 * Samples come from a gateway by streams, and are drawn, as in a page that is looked at.
 */
export async function memoryOfPlots(browser: Browser): Promise<readonly MemoryPoint[]> {
  await using lab = new BenchLab({ names: CHANNELS, channels: CHANNELS });
  await lab.listen();
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    let now = Date.UTC(2026, 10, 21, 8);
    // Its calendar alone: timers go on, so that it draws, and hears its gateway.
    const plot = async () => {
      now += JUMP_S * 1000;
      await page.clock.setFixedTime(now);
      await lab.give(JUMP_S * PER_SECOND);
    };
    await page.clock.setFixedTime(now);
    await page.goto(lab.url);
    await page.evaluate(`localStorage.setItem("bunsen.plots", ${JSON.stringify(lab.plots)})`);
    await page.goto(`${lab.url}/#/plots`);
    await page.reload();
    const cdp = await context.newCDPSession(page);
    const points: MemoryPoint[] = [];
    for (let second = JUMP_S; second <= 90 * 60; second += JUMP_S) {
      await plot();
      if (second % (15 * 60) === 0) points.push({ minutes: second / 60, bytes: await held(cdp) });
    }
    // Nothing is measured where nothing is plotted.
    await page.locator(".line canvas").waitFor();
    // After a jump the page may take its gateway for silent, and connect again.
    const followed = page.locator(".legend tbody tr:not(.stale)", { hasText: "now" });
    for (const end = Date.now() + GIVE_UP_MS; (await followed.count()) < CHANNELS; ) {
      if (Date.now() > end) throw new Error("the channels are not plotted any more");
      await plot();
    }
    return points;
  } finally {
    await context.close();
  }
}

async function held(cdp: CDPSession): Promise<number> {
  // Twice: what a finalizer lets go of is collected with the second.
  for (let i = 0; i < 2; i++) await cdp.send("HeapProfiler.collectGarbage");
  const usage = (await cdp.send("Runtime.getHeapUsage")) as {
    readonly usedSize: number;
    readonly backingStorageSize?: number;
  };
  return usage.usedSize + (usage.backingStorageSize ?? 0);
}
