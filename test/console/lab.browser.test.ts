import { readFile } from "node:fs/promises";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeWithChromium, useChromium } from "../support/chromium.ts";
import { useConsole } from "../support/console.ts";
import { describeWithPython } from "../support/python.ts";
import { pageFaults, tabStops } from "./faults.ts";
import { startWholeLab, type WholeLab } from "./whole-lab.ts";

/** A busy machine takes its time. */
const SOON = { timeout: 60_000 };

const chromium = useChromium();
useConsole();

/** What a browser writes to its console when a server is not there. */
const NOT_THERE = [/WebSocket connection to/, /Failed to load resource/];

const row = (page: Page, name: string) =>
  page.locator(".row").filter({ has: page.getByRole("link", { name, exact: true }) });

/** The card of a member, opened. */
async function card(page: Page, member: string): Promise<Locator> {
  const found = page.locator(`[id="member-${member}"]`);
  await found.locator("summary").first().click();
  return found;
}

const call = (method: Locator) => method.getByRole("button", { name: "Call", exact: true }).click();
const outcome = (method: Locator) => method.locator(".outcome");

const hasFocus = (target: Locator): Promise<boolean> =>
  target.evaluate((it) => it.ownerDocument.activeElement === it);

/** Goes on with Tab until the focus is on what is looked for. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await hasFocus(target)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not lead to ${target}`);
}

describeWithPython("the console of a whole lab", () => {
  describeWithChromium("in Chromium", () => {
    let lab: WholeLab;
    beforeAll(async () => {
      lab = await startWholeLab();
    }, 180_000);
    afterAll(() => lab[Symbol.asyncDispose](), 60_000);

    it("shows all that there is, what it speaks, and that it answers", async () => {
      await using page = await chromium.open(lab.url);
      for (const [name, dialect] of [
        ["demo.thermostat", "Bunsen"],
        ["demo.ticker", "Bunsen"],
        ["lab.laser", "Pyro5"],
        ["lab.dome", "Pyro4"],
        ["lab.calc", "MSL-Network"],
      ] as const) {
        await row(page, name).getByText(dialect, { exact: true }).waitFor();
        await row(page, name).getByText("answers since").waitFor();
      }
      await page.getByRole("searchbox").pressSequentially("dome");
      await row(page, "lab.dome").waitFor();
      await expect.poll(() => row(page, "demo.thermostat").count(), SOON).toBe(0);
      await page
        .getByRole("status")
        .getByText(/^1 of \d+ objects$/)
        .waitFor();
    });

    it("is used with nothing but a keyboard, from the search to a result", async () => {
      await using page = await chromium.open(lab.url);
      await row(page, "lab.laser").waitFor();
      await page.keyboard.press("/");
      await page.keyboard.type("laser");
      await page.keyboard.press("Enter");
      const link = page.getByRole("link", { name: "lab.laser", exact: true });
      await tabTo(page, link);
      await page.keyboard.press("ArrowUp");
      await page.keyboard.press("ArrowDown");
      expect(await hasFocus(link)).toBe(true);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "lab.laser", level: 1 }).waitFor();
      const add = page.locator('[id="member-add"]');
      await tabTo(page, add.locator("summary").first());
      await page.keyboard.press("Enter");
      const argument = add.getByLabel("argument 1", { exact: true });
      await tabTo(page, argument);
      await page.keyboard.type("41");
      await page.keyboard.press("Enter");
      await outcome(add).locator(".scalar", { hasText: /^42$/ }).waitFor();
      await tabTo(page, page.getByRole("link", { name: "Lab", exact: true }));
      await page.keyboard.press("Enter");
      await row(page, "demo.thermostat").waitFor();
    });

    it("opens each object, and shows each result as what it is", async () => {
      await using page = await chromium.open(lab.url);
      const open = async (name: string) => {
        await row(page, name).getByRole("link", { name, exact: true }).click();
        await page.getByRole("heading", { name, level: 1 }).waitFor();
        await page.getByRole("heading", { name: "History" }).waitFor();
      };
      const home = () => page.getByRole("link", { name: "Lab", exact: true }).click();

      await open("demo.thermostat");
      const readings = await card(page, "readings");
      await call(readings);
      await outcome(readings).getByRole("columnheader").first().waitFor();
      await page.locator('[id="member-temperature"] .scalar', { hasText: /^\d+\.\d+$/ }).waitFor();

      await home();
      await open("demo.scope");
      const trace = await card(page, "trace");
      await call(trace);
      await outcome(trace)
        .getByRole("img", { name: /a line of 1000 values/ })
        .waitFor();
      const raw = await card(page, "raw");
      await call(raw);
      await outcome(raw).getByRole("button", { name: "Save as file" }).waitFor();

      await home();
      await open("demo.spectrometer");
      const waterfall = await card(page, "waterfall");
      await call(waterfall);
      await outcome(waterfall)
        .getByRole("img", { name: /rows of/ })
        .waitFor();

      await home();
      await open("demo.ticker");
      const next = await card(page, "play");
      await call(next);
      await outcome(next).getByText(/^done/).waitFor();

      for (const [name, traceback] of [
        ["lab.laser", "lab.py"],
        ["lab.dome", "lab.py"],
      ] as const) {
        await home();
        await open(name);
        const add = await card(page, "add");
        await add.getByLabel("argument 1", { exact: true }).fill("1.5");
        await call(add);
        await outcome(add)
          .locator(".scalar", { hasText: /^2\.5$/ })
          .waitFor();
        const fail = await card(page, "fail");
        await call(fail);
        await fail.locator(".failure pre", { hasText: traceback }).waitFor();
        await page.locator('[id="member-level"] .scalar', { hasText: "1.5" }).waitFor();
      }

      await home();
      await open("lab.calc");
      const power = await card(page, "power");
      await power.getByLabel("a", { exact: true }).fill("3");
      await call(power);
      await outcome(power).locator(".scalar", { hasText: /^9$/ }).waitFor();
    });

    it("draws attributes, streams and models live, pauses, and saves them as CSV", async () => {
      await using page = await chromium.open(`${lab.url}/#/plots`);
      const plot = page.getByRole("region", { name: "Plot 1" });
      const add = page.getByRole("region", { name: "Add to a plot" });
      await add.getByLabel("Object").selectOption("demo.thermostat");
      await add.getByRole("button", { name: /temperature.* to a plot/ }).click();
      await plot.getByRole("row").filter({ hasText: "temperature" }).waitFor();
      await add.getByLabel("Object").selectOption("lab.laser");
      await add.getByRole("button", { name: /level.* to a plot/ }).click();
      await add.getByLabel("Object").selectOption("demo.ticker");
      await add
        .getByRole("button", { name: /^Add .*ticker.* to a plot$/ })
        .first()
        .click();
      await expect.poll(() => plot.locator("tbody tr").count(), SOON).toBeGreaterThanOrEqual(3);
      await plot.getByRole("row").filter({ hasText: "level" }).getByText("1.5").first().waitFor();

      // Seen by everybody, as a picture with a name and as numbers.
      const found: string[] = (await pageFaults(page)).map((fault) => `in light: ${fault}`);
      await page.emulateMedia({ colorScheme: "dark" });
      found.push(...(await pageFaults(page)).map((fault) => `in dark: ${fault}`));
      await page.setViewportSize({ width: 360, height: 640 });
      found.push(...(await pageFaults(page)).map((fault) => `at 360 px: ${fault}`));
      found.push(...(await tabStops(page)).flatMap(({ faults }) => faults));
      expect(found).toEqual([]);
      await page.setViewportSize({ width: 1280, height: 800 });

      await plot.getByRole("button", { name: "Pause" }).click();
      await plot.getByRole("button", { name: "Go on" }).waitFor();
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        plot.getByRole("button", { name: /Save .*as CSV/ }).click(),
      ]);
      expect(download.suggestedFilename()).toMatch(/\.csv$/);
      const [head = "", ...lines] = (await readFile(await download.path(), "utf8")).split(/\r?\n/);
      expect(head).toContain("temperature");
      expect(head).toContain("level");
      expect(lines.filter((line) => line !== "").length).toBeGreaterThan(1);
    });

    it("keeps the focus where one is, when what had it goes", async () => {
      await using page = await chromium.open(`${lab.url}/#/object/demo.thermostat`);
      const focused = page.locator(":focus");
      const add = page.getByRole("button", { name: "Add demo.thermostat.temperature to a plot" });
      await add.press("Enter");
      await expect.poll(() => focused.textContent(), SOON).toBe("on a plot");
      const read = await card(page, "read");
      await read.getByLabel("channel", { exact: true }).fill("1");
      await read.getByRole("button", { name: "Call", exact: true }).press("Enter");
      await outcome(read).locator(".scalar", { hasText: /\d/ }).waitFor();
      expect(await focused.textContent()).toBe("Call");
      const samples = await card(page, "samples");
      await samples.getByLabel("count = 10", { exact: true }).fill("100000");
      await samples.getByRole("button", { name: "Start", exact: true }).press("Enter");
      await samples.getByRole("button", { name: "Stop", exact: true }).press("Enter");
      await samples
        .getByText(/stopped after \d+ items?/)
        .first()
        .waitFor();
      expect(await focused.textContent()).toBe("Start");
      await page.getByRole("link", { name: "Plots" }).press("Enter");
      await page.getByRole("button", { name: "Remove demo.thermostat.temperature" }).press("Enter");
      await page.getByText("Nothing is followed yet.").waitFor();
      expect(await focused.getAttribute("id")).toBe("main");
    });

    it("lets nothing old look new while the gateway is away, and comes back", async () => {
      await using page = await chromium.open(`${lab.url}/#/object/demo.thermostat`, {
        expected: NOT_THERE,
      });
      const temperature = page.locator('[id="member-temperature"]');
      await temperature.locator(".scalar", { hasText: /^\d+\.\d+$/ }).waitFor();
      await lab.leave();
      try {
        await page
          .getByRole("alert")
          .getByText(/No connection since \d+:\d+/)
          .waitFor();
        await temperature.locator(".stale").first().waitFor();
        expect(await pageFaults(page)).toEqual([]);
      } finally {
        await lab.comeBack();
      }
      await expect.poll(() => temperature.locator(".stale").count(), SOON).toBe(0);
      await expect.poll(() => page.getByText("No connection since").count(), SOON).toBe(0);
      const read = await card(page, "read");
      await read.getByLabel("channel", { exact: true }).fill("1");
      await call(read);
      await outcome(read)
        .locator(".scalar", { hasText: /^\d+\.?\d*$/ })
        .waitFor();
    });
  });
});
