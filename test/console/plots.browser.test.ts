import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { connect, Daemon, expose, SILENT } from "../../src/index.ts";
import { everyone, model } from "../../src/models/index.ts";
import { axe, describeWithChromium, type OpenPage, useChromium } from "../support/chromium.ts";
import { useConsole } from "../support/console.ts";
import { checkLeaks } from "../support/leaks.ts";
import { freePort } from "../support/ports.ts";

const chromium = useChromium();
useConsole();

/** An instrument whose values are known: each reading is one more than the last. */
class Instrument {
  celsius = 20;
  label = "a text";
  spectrum = [0, 1, 5, 1, 0];
  async *readings() {
    for (let i = 0; ; i++) {
      yield { volts: i };
      await sleep(50);
    }
  }
}
expose(Instrument, { celsius: true, label: true, spectrum: true, readings: true });

const makeStage = () =>
  model({
    policy: everyone,
    state: { position: 7 },
    change: {
      moveTo(position: number) {
        this.position = position;
      },
    },
  });

let daemon: Daemon;
let instrument: Instrument;
let stage: ReturnType<typeof makeStage>;
let port: number;

async function serve(): Promise<string> {
  daemon = new Daemon({ logger: SILENT });
  daemon.register("lab.instrument", instrument);
  daemon.register("lab.stage", stage);
  const { url } = await daemon.listen(`http://localhost:${port}`);
  return url;
}

const SOURCES = {
  celsius: { object: "lab.instrument", kind: "attribute", member: "celsius", periodMs: 100 },
  volts: { object: "lab.instrument", kind: "stream", member: "readings", path: ["volts"] },
  position: { object: "lab.stage", kind: "model", path: ["position"] },
  spectrum: { object: "lab.instrument", kind: "attribute", member: "spectrum", periodMs: 100 },
} as const;

/** The plots page, as it is when these were on its plots the last time. */
async function openWith(url: string, ...plots: (keyof typeof SOURCES)[][]): Promise<OpenPage> {
  const layout = plots.map((names) => ({ sources: names.map((name) => SOURCES[name]) }));
  const page = await chromium.open(url, { expected: [/WebSocket|ERR_|Failed to load/] });
  await page.evaluate((text) => localStorage.setItem("bunsen.plots", text), JSON.stringify(layout));
  await page.goto(`${url}/#/plots`);
  await page.reload();
  return page;
}

/** On a machine that is busy, too. */
const soon = <T>(look: () => T | Promise<T>) => expect.poll(look, { timeout: 30_000 });

/** The row of a source in the legend. */
const row = (page: OpenPage, name: string) => page.locator(".legend tbody tr", { hasText: name });
const last = (page: OpenPage, name: string) => row(page, name).locator("td").first().textContent();

describeWithChromium("the plots page", () => {
  checkLeaks();

  beforeEach(async () => {
    instrument = new Instrument();
    stage = makeStage();
    port = await freePort();
  });
  afterEach(async () => {
    await daemon.close();
    await stage.close();
  });

  it("draws attributes, streams and models, found by their object, and keeps them for the next time", async () => {
    const url = await serve();
    await using page = await chromium.open(`${url}/#/plots`);
    const object = page.getByLabel("Object");
    await object.selectOption("lab.instrument");
    await page.getByRole("button", { name: "Add lab.instrument.celsius to a plot" }).click();
    await page
      .getByRole("button", { name: "Add lab.instrument.readings().volts to a plot" })
      .click();
    await object.selectOption("lab.stage");
    await page.getByRole("button", { name: "Add lab.stage.position to a plot" }).click();
    await soon(() => last(page, "lab.instrument.celsius")).toBe("20");
    instrument.celsius = 21.5;
    await soon(() => last(page, "lab.instrument.celsius")).toBe("21.5");
    await soon(async () => Number(await last(page, "readings().volts"))).toBeGreaterThan(3);
    await stage.moveTo(30);
    await soon(() => last(page, "lab.stage.position")).toBe("30");
    await page.locator(".line canvas").waitFor();
    await page.reload();
    await soon(() => last(page, "lab.stage.position")).toBe("30");
    expect(await axe(page)).toEqual([]);
  });

  it("pauses while it goes on gathering, zooms by drag and by keys, and is reset", async () => {
    const url = await serve();
    await using page = await openWith(url, ["celsius"]);
    await soon(() => last(page, "celsius")).toBe("20");
    await page.getByRole("button", { name: "Pause" }).click();
    const greatest = row(page, "celsius").locator("td").nth(2);
    expect(await greatest.textContent()).toBe("20");
    instrument.celsius = 99;
    await soon(() => last(page, "celsius")).toBe("99");
    expect(await greatest.textContent()).toBe("20");
    await page.getByRole("button", { name: "Go on" }).click();
    await soon(() => greatest.textContent()).toBe("99");

    const save = page.getByRole("button", { name: /as CSV/ });
    const area = page.locator(".plot-area");
    await area.focus();
    await page.keyboard.press("ArrowLeft");
    await soon(() => save.textContent()).toBe("Save what is shown as CSV");
    await page.keyboard.press("Escape");
    await soon(() => save.textContent()).toBe("Save as CSV");
    const box = await page.locator(".u-over").boundingBox();
    if (!box) throw new TypeError("nothing is drawn");
    await page.mouse.move(box.x + box.width - 30, box.y + 50);
    await soon(() => page.locator(".reading").textContent()).toMatch(
      /^\d+:\d+:\d+, lab\.instrument\.celsius (20|99)$/,
    );
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 90, box.y + 60, { steps: 4 });
    await page.mouse.up();
    await soon(() => save.textContent()).toBe("Save what is shown as CSV");
    await page.getByRole("button", { name: "Reset" }).click();
    await soon(() => save.textContent()).toBe("Save as CSV");
  });

  it("saves what it gathered as CSV: times, names, each value", async () => {
    const url = await serve();
    await using page = await openWith(url, ["volts", "position"]);
    await soon(async () => Number(await last(page, "volts"))).toBeGreaterThan(5);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save as CSV" }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^lab\.instrument\.readings.*\.csv$/);
    const [head, ...lines] = readFileSync(await download.path(), "utf8")
      .trimEnd()
      .split("\r\n");
    expect(head).toBe("time,lab.instrument.readings().volts,lab.stage.position");
    const cells = lines.map((line) => line.split(","));
    const volts = cells.map(([, value]) => value).filter((value) => value !== "");
    expect(volts).toEqual(volts.map((_, i) => String(i)));
    expect(volts.length).toBeGreaterThan(5);
    expect(cells.map(([, , position]) => position).filter((value) => value !== "")).toEqual(["7"]);
    const times = cells.map(([time = ""]) => Date.parse(time));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(Math.abs((times.at(-1) as number) - Date.now())).toBeLessThan(60_000);
  });

  it("greys out what is lost at once, says since when, and comes back by itself", async () => {
    const url = await serve();
    await using page = await openWith(url, ["celsius", "volts", "position"]);
    for (const name of ["celsius", "volts", "position"]) {
      await soon(() => last(page, name)).toMatch(/\d/);
    }
    await soon(() => page.locator(".legend tr.stale").count()).toBe(0);
    const before = Date.now();
    await daemon.close();
    await soon(() => page.locator(".legend tr.stale").count()).toBe(3);
    const since = await row(page, "celsius").locator("time").getAttribute("datetime");
    expect(Date.parse(since ?? "")).toBeGreaterThanOrEqual(before - 1000);
    expect(Date.parse(since ?? "")).toBeLessThanOrEqual(Date.now());
    expect(await last(page, "celsius")).toBe("20");
    instrument.celsius = 25;
    await serve();
    await soon(() => page.locator(".legend tr.stale").count()).toBe(0);
    await soon(() => last(page, "celsius")).toBe("25");
  }, 120_000);

  it("does the same for an object behind its gateway, whose daemon is killed and started again", async () => {
    const backend = await freePort();
    const serveBackend = async () => {
      const made = new Daemon({ logger: SILENT });
      made.register("lab.instrument", instrument);
      await made.listen(`pyro://localhost:${backend}`);
      return made;
    };
    const first = await serveBackend();
    await using remote = await connect<Instrument>(`PYRO:lab.instrument@localhost:${backend}`);
    daemon = new Daemon({ logger: SILENT });
    daemon.register("lab.instrument", remote);
    const { url } = await daemon.listen(`http://localhost:${port}`);
    await using page = await openWith(url, ["celsius", "volts"]);
    for (const name of ["celsius", "volts"]) await soon(() => last(page, name)).toMatch(/\d/);
    await first.close();
    await soon(() => page.locator(".legend tr.stale").count()).toBe(2);
    instrument.celsius = 26;
    await using _second = await serveBackend();
    await soon(() => last(page, "celsius")).toBe("26");
    await soon(() => page.locator(".legend tr.stale").count()).toBe(0);
  });

  it("draws all the same when the gateway was away as it wanted to begin", async () => {
    const url = await serve();
    await using page = await chromium.open(url, { expected: [/Failed to load/] });
    let asked = 0;
    await page.route(/assets\/chart-/, (route) => {
      asked += 1;
      return asked <= 2 ? route.abort() : route.continue();
    });
    await page.goto(`${url}/#/plots`);
    await page.getByLabel("Object").selectOption("lab.instrument");
    await page.getByRole("button", { name: "Add lab.instrument.celsius to a plot" }).click();
    await page.locator(".line canvas").waitFor();
    expect(asked).toBeGreaterThan(2);
  });

  it("shows rows of numbers as a waterfall, or the newest as a line", async () => {
    const url = await serve();
    await using page = await openWith(url, ["spectrum"]);
    const waterfall = page.getByRole("img", { name: /rows of 5 values, 0 to 5/ });
    await waterfall.waitFor();
    await page.getByRole("button", { name: "Newest as a line" }).click();
    await page
      .getByRole("img", { name: "the newest row of lab.instrument.spectrum: 5 values" })
      .waitFor();
    await page.locator(".rows canvas").waitFor();
    expect(await axe(page)).toEqual([]);
  });

  it("moves what it draws from plot to plot, and removes it", async () => {
    const url = await serve();
    await using page = await openWith(url, ["celsius", "position"]);
    await row(page, "celsius")
      .getByLabel(/^Plot of/)
      .selectOption("new");
    await soon(() => page.locator(".plot").count()).toBe(2);
    await page.getByRole("button", { name: "Remove lab.instrument.celsius" }).click();
    await page.getByRole("button", { name: /^Remove Plot / }).click();
    await page.getByText("Nothing is followed yet").waitFor();
  });

  it("is usable at 360 pixels, in the dark, and has a table of its values", async () => {
    const url = await serve();
    await using page = await openWith(url, ["celsius", "volts"]);
    await page.locator(".line canvas").waitFor();
    await page.setViewportSize({ width: 360, height: 740 });
    await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
    await page.getByText("Values as a table").click();
    await soon(() => page.locator(".samples tbody tr").count()).toBeGreaterThan(3);
    const wide = await page.evaluate(() => {
      const { document } = globalThis as unknown as {
        document: { documentElement: { scrollWidth: number; clientWidth: number } };
      };
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth - clientWidth;
    });
    expect(wide).toBe(0);
    expect(await axe(page)).toEqual([]);
  });
});
