import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { BenchLab } from "./lab.ts";

export const NAMES = 1_000;
const GIVE_UP_MS = 60_000;
/** The last of them: found means that all have come. */
const LAST = `bench.object${String(NAMES - 1).padStart(4, "0")}`;

/**
 * Runs in the page from its beginning: types the last name into the search as soon as there is a field and a name, and
 * notes when the page shows what was looked for. The text is one expression, for a page that knows no TypeScript.
 */
const TRY = `(() => {
  let typed = false;
  const look = () => {
    const links = [...document.querySelectorAll('a[href^="#/object/"]')];
    const field = document.querySelector('input[type="search"]');
    if (!typed && field && links.length > 0) {
      typed = true;
      globalThis.namesAfter = performance.now();
      field.value = ${JSON.stringify(LAST)};
      field.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (typed && links.length === 1 && links[0].textContent.includes(${JSON.stringify(LAST)})) {
      // With the frame that shows it.
      requestAnimationFrame(() => setTimeout(() => { globalThis.foundAfter = performance.now(); }));
      return;
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()`;

export interface Interactive {
  /** Milliseconds from the beginning of the navigation until names are shown. */
  readonly names: number;
  /** Until what was typed then is found and shown. */
  readonly found: number;
}

/** The home page of a lab with a thousand names, opened by a browser that was never there. */
export async function timesToInteractive(
  browser: Browser,
  rounds: number,
): Promise<readonly Interactive[]> {
  await using lab = new BenchLab({ names: NAMES, channels: 0 });
  await lab.listen();
  const times: Interactive[] = [];
  // The first round warms the gateway.
  for (let round = 0; round <= rounds; round++) {
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      await page.addInitScript(TRY);
      await page.goto(lab.url);
      const found = await noted(page, "foundAfter");
      const names = await noted(page, "namesAfter");
      if (round > 0) times.push({ names, found });
    } finally {
      await context.close();
    }
  }
  return times;
}

/** Not `waitForFunction`: that needs `eval` in the page, which the console forbids. */
async function noted(page: Page, name: string): Promise<number> {
  for (const end = Date.now() + GIVE_UP_MS; Date.now() < end; await sleep(20)) {
    const value: unknown = await page.evaluate(`globalThis.${name}`);
    if (typeof value === "number") return value;
  }
  throw new Error(`the console did not come to ${name}`);
}
