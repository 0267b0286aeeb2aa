import { afterEach, beforeEach, expect, it } from "vitest";
import { connect, Daemon, release, SILENT } from "../../src/index.ts";
import { model, ticker } from "../../src/models/index.ts";
import { axe, describeWithChromium, useChromium } from "../support/chromium.ts";
import { useConsole } from "../support/console.ts";
import { checkLeaks } from "../support/leaks.ts";

const chromium = useChromium();
useConsole();

/** Who registered may change it. */
const makeStage = () =>
  model({
    logger: SILENT,
    state: { position: 7, name: "x stage", trace: [1, 2, 3] },
    changeable: { position: true, name: true },
    change: {
      moveTo(position: number) {
        if (position > 300) throw new RangeError("the stage ends at 300 mm");
        this.position = position;
      },
    },
  });

let daemon: Daemon;
let stage: ReturnType<typeof makeStage>;
let url: string;

/** On a machine that is busy, too. */
const soon = <T>(look: () => T | Promise<T>) => expect.poll(look, { timeout: 30_000 });

describeWithChromium("a model on its object's page", () => {
  checkLeaks();

  beforeEach(async () => {
    stage = makeStage();
    daemon = new Daemon({ logger: SILENT });
    daemon.register("lab.stage", stage);
    await daemon.listen("pyro://localhost:0");
    ({ url } = await daemon.listen("http://localhost:0"));
  });
  afterEach(async () => {
    await stage.close();
    await daemon.close();
  });

  it("shows state and version as they change, who is there, and what was done", async () => {
    await using page = await chromium.open(`${url}/#/object/lab.stage`);
    const panel = page.getByRole("region", { name: "Model" });
    const value = (field: string) =>
      panel.locator("tbody tr", { hasText: field }).locator("td").first().textContent();
    await soon(() => value("position")).toBe("7");
    await stage.update((state) => {
      state.position = 12;
    }, "calibrate");
    await soon(() => value("position")).toBe("12");
    await soon(() => panel.locator("p .value").first().textContent()).toBe("1");
    const rosalind = await connect<typeof stage>(daemon.uriFor("lab.stage"));
    await rosalind.addController("rosalind");
    await panel.getByText("rosalind").waitFor();
    await rosalind.moveTo(301).catch(() => {});
    const newest = panel.locator(".model-history tbody tr").first();
    await soon(() => newest.textContent()).toContain("moveTo(301)");
    expect(await newest.textContent()).toContain("failed: ");
    expect(await newest.textContent()).toContain("rosalind");
    expect(await panel.getByText("calibrate()").count()).toBe(1);
    // This page itself.
    await panel.getByRole("heading", { name: "Viewers that watch 1" }).waitFor();
    await release(rosalind);
    await soon(() => panel.locator(".people", { hasText: "Controllers" }).textContent()).toContain(
      "nobody",
    );
    expect(await axe(page)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 740 });
    await page.emulateMedia({ colorScheme: "dark" });
    const wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    expect(await page.evaluate(wide)).toBe(0);
    expect(await axe(page)).toEqual([]);
  });

  it("is changed by a form, once the page is registered as a controller", async () => {
    await using page = await chromium.open(`${url}/#/object/lab.stage`);
    const panel = page.getByRole("region", { name: "Model" });
    const form = panel.getByRole("form", { name: "Change the state" });
    await form.getByLabel("position to", { exact: true }).fill("42");
    await form.getByRole("button", { name: "Change", exact: true }).click();
    await panel.getByRole("alert").waitFor();
    expect(stage.state.position).toBe(7);
    await panel.getByPlaceholder("your name").fill("ada");
    await panel.getByRole("button", { name: "Register as a controller" }).click();
    await soon(() => stage.listControllers().map(({ identity }) => identity)).toEqual(["ada"]);
    await form.getByLabel("position to", { exact: true }).fill("42");
    await form.getByRole("button", { name: "Change", exact: true }).click();
    await soon(() => stage.state.position).toBe(42);
    await soon(() => panel.getByRole("alert").count()).toBe(0);
    await panel.getByRole("button", { name: "Take it back" }).click();
    await soon(() => stage.listControllers()).toEqual([]);
  });

  it("plays and pauses a ticker, and adds its fields to a plot", async () => {
    await using counter = ticker({ policy: () => true, period: 0.05, state: { value: 0 } });
    daemon.register("lab.counter", counter);
    await using page = await chromium.open(`${url}/#/object/lab.counter`);
    const panel = page.getByRole("region", { name: "Model" });
    await panel.getByRole("button", { name: "Play", exact: true }).click();
    await soon(() => counter.state.tickNo).toBeGreaterThan(3);
    await panel.getByRole("button", { name: "Pause", exact: true }).click();
    await soon(() => counter.state["playing?"]).toBe(false);
    await panel.getByLabel("every").fill("2");
    await panel.getByRole("button", { name: "Set period" }).click();
    await soon(() => counter.state.period).toBe(2);
    await panel.getByRole("button", { name: "Add lab.counter.tickNo to a plot" }).click();
    await panel.getByRole("link", { name: "lab.counter.tickNo is on a plot" }).click();
    await page.getByRole("link", { name: "lab.counter.tickNo" }).waitFor();
  });
});
