import { afterAll, beforeAll, expect, it } from "vitest";
import { serve } from "../cli/bunsen.ts";
import { describeWithChromium, useChromium } from "../support/chromium.ts";
import { useConsole } from "../support/console.ts";
import type { RunningProcess } from "../support/process.ts";
import { motionFaults, pageFaults, tabStops } from "./faults.ts";

const chromium = useChromium();
useConsole();

/** Each page, and what stands on it when it is there. */
const PAGES = [
  ["the lab", "#/", "demo.thermostat"],
  ["a search", "#/?q=scope", "demo.scope"],
  ["plots", "#/plots", "Plots"],
  ["the thermostat", "#/object/demo.thermostat", "setpoint"],
  ["the controller", "#/object/demo.controller", "setpoint"],
  ["the oscilloscope", "#/object/demo.scope", "trace"],
  ["the spectrometer", "#/object/demo.spectrometer", "spectrum"],
  ["the ticker", "#/object/demo.ticker", "play"],
  ["the echo", "#/object/demo.echo", "echo"],
  ["an object that is not there", "#/object/nobody", "nobody"],
  ["a page that is not there", "#/nonsense", "There is no such page"],
] as const;

describeWithChromium("every page of the console", () => {
  let demo: RunningProcess;
  let url: string;
  beforeAll(async () => {
    demo = await serve(["demo", "--json", "--port", "0", "--gateway-port", "0"], /^{/);
    url = JSON.parse(demo.lines.at(-1) as string).console;
  }, 60_000);
  afterAll(() => demo[Symbol.asyncDispose]());

  it.each(PAGES)("shuts nobody out: %s", async (_what, hash, text) => {
    await using page = await chromium.open(`${url}${hash}`, {
      // What is not there is refused.
      expected: [/WebSocket connection to '.*nobody.*' failed/, /500 .*nobody/],
    });
    await page.getByRole("main").getByText(text).first().waitFor();
    const found: string[] = [];
    const judge = (how: string, faults: readonly string[]) =>
      found.push(...faults.map((fault) => `${how}: ${fault}`));

    const stops = await tabStops(page);
    expect(stops[0]?.what).toContain("Skip to the content");
    judge(
      "with Tab",
      stops.flatMap(({ faults }) => faults),
    );
    judge("in light colours", await pageFaults(page));
    await page.emulateMedia({ colorScheme: "dark" });
    judge("in dark colours", await pageFaults(page));
    await page.setViewportSize({ width: 360, height: 640 });
    judge("360 pixels wide", await pageFaults(page));
    judge(
      "360 pixels wide, with Tab",
      (await tabStops(page)).flatMap(({ faults }) => faults),
    );
    await page.emulateMedia({ forcedColors: "active", reducedMotion: "reduce" });
    judge("in forced colours", await pageFaults(page));
    judge("with less motion", await motionFaults(page));
    expect(found).toEqual([]);
  });
});
