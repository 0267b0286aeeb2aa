// The pictures of docs/images/: `npm run screenshots` takes them anew. Otherwise it is tried that they can be taken.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWholeLab, type WholeLab } from "../console/whole-lab.ts";
import { describeWithChromium, type PageOptions, useChromium } from "../support/chromium.ts";
import { useConsole } from "../support/console.ts";
import { documents, root } from "../support/docs.ts";
import { describeWithPython } from "../support/python.ts";

const chromium = useChromium();
useConsole();

const IMAGES = join(root, "docs/images");
const isWanted = process.env["BUNSEN_WRITE_DOCS"] !== undefined;
/** What lines of plots are made of is worth waiting for when a picture is kept. */
const DRAWN_MS = isWanted ? 50_000 : 0;

interface Picture {
  readonly name: string;
  readonly hash: string;
  readonly options?: PageOptions;
  readonly prepare: (page: Page) => Promise<void>;
}

async function card(page: Page, member: string): Promise<Locator> {
  const found = page.locator(`[id="member-${member}"]`);
  await found.locator("summary").first().click();
  return found;
}

async function call(page: Page, member: string): Promise<Locator> {
  const method = await card(page, member);
  await method.getByRole("button", { name: "Call", exact: true }).click();
  await method.getByText(/^done/).waitFor();
  return method;
}

async function plot(page: Page, object: string, ...names: RegExp[]): Promise<void> {
  const add = page.getByRole("region", { name: "Add to a plot" });
  await add.getByLabel("Object").selectOption(object);
  for (const name of names) await add.getByRole("button", { name }).first().click();
}

async function everythingAnswers(page: Page): Promise<void> {
  await page.getByRole("link", { name: "lab.laser" }).waitFor();
  await expect.poll(() => page.getByText("not asked yet").count()).toBe(0);
}

const PICTURES: readonly Picture[] = [
  {
    name: "lab",
    hash: "#/",
    options: { height: 720 },
    prepare: everythingAnswers,
  },
  {
    name: "object",
    hash: "#/object/demo.thermostat",
    options: { height: 960 },
    async prepare(page) {
      await page.locator('[id="member-temperature"] .scalar', { hasText: /\d/ }).waitFor();
    },
  },
  {
    name: "results",
    hash: "#/object/demo.spectrometer",
    options: { height: 960, colorScheme: "dark" },
    async prepare(page) {
      await call(page, "peaks");
      const waterfall = await call(page, "waterfall");
      await waterfall.getByRole("img", { name: /rows of/ }).waitFor();
      await waterfall.evaluate((it) => it.scrollIntoView());
    },
  },
  {
    name: "plots",
    hash: "#/plots",
    options: { height: 900 },
    async prepare(page) {
      await plot(page, "demo.thermostat", /temperature.* to a plot/, /setpoint.* to a plot/);
      await page.getByRole("region", { name: "Plot 1" }).getByRole("row").nth(2).waitFor();
      await plot(page, "demo.spectrometer", /spectrum.* to a plot/);
      await page.evaluate(
        (url) =>
          fetch(url, {
            method: "POST",
            body: '{"value": 30}',
            headers: { "Content-Type": "application/json" },
          }),
        "./pyro/demo.thermostat/setpoint",
      );
      await page.waitForTimeout(DRAWN_MS);
      await page.evaluate("scrollTo(0, 0)");
    },
  },
  {
    name: "telephone",
    hash: "#/",
    options: { width: 360, height: 720, colorScheme: "dark" },
    prepare: everythingAnswers,
  },
];

describeWithPython("pictures of the console", () => {
  describeWithChromium("in Chromium", () => {
    const folder = isWanted ? IMAGES : mkdtempSync(join(tmpdir(), "bunsen-pictures-"));
    let lab: WholeLab;
    beforeAll(async () => {
      lab = await startWholeLab();
    }, 180_000);
    afterAll(async () => {
      await lab[Symbol.asyncDispose]();
      if (!isWanted) rmSync(folder, { recursive: true, force: true });
    }, 60_000);

    it.each(PICTURES)("$name can be taken", async ({ name, hash, options, prepare }) => {
      await using page = await chromium.open(`${lab.url}/${hash}`, options);
      await prepare(page);
      const path = join(folder, `${name}.png`);
      await page.screenshot({ path });
      const kept = readFileSync(path);
      expect(kept.subarray(1, 4).toString()).toBe("PNG");
      // A page without content is a few thousand bytes.
      expect(kept.byteLength).toBeGreaterThan(10_000);
      expect(kept.byteLength).toBeLessThan(400_000);
    });
  });
});

describe("docs/images", () => {
  it("has what the script takes, and nothing else", () => {
    const names = PICTURES.map(({ name }) => `${name}.png`);
    expect(readdirSync(IMAGES).sort()).toEqual(names.sort());
  });

  it.each(PICTURES)("$name is shown by a page, with words for who cannot see it", ({ name }) => {
    const texts = documents().map((path) => readFileSync(join(root, path), "utf8"));
    const shown = new RegExp(`!\\[[^\\]]{20,}\\]\\((docs/)?images/${name}\\.png\\)`);
    expect(texts.some((text) => shown.test(text))).toBe(true);
  });
});
