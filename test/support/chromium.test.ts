import { describe, expect, it } from "vitest";
import { axe, describeWithChromium, useChromium } from "./chromium.ts";
import { checkLeaks } from "./leaks.ts";
import { servePages } from "./pages.ts";

const chromium = useChromium();

describeWithChromium("a page in Chromium", () => {
  checkLeaks();

  it("is opened, read and closed", async () => {
    await using served = await servePages({ "/": "<h1>Hello</h1>" });
    await using page = await chromium.open(served.origin);
    expect(await page.getByRole("heading").textContent()).toBe("Hello");
  });

  it("has nothing of the page before it", async () => {
    await using served = await servePages({ "/": "<p>Hello</p>" });
    for (let i = 0; i < 2; i++) {
      await using page = await chromium.open(served.origin);
      expect(await page.evaluate("localStorage.length")).toBe(0);
      await page.evaluate("localStorage.setItem('a', 'b')");
    }
  });

  it("is as wide, dark, calm and plain as is asked for", async () => {
    await using served = await servePages({ "/": "<p>Hello</p>" });
    const matches = (query: string) => `matchMedia("(${query})").matches`;
    await using page = await chromium.open(served.origin, {
      width: 360,
      colorScheme: "dark",
      reducedMotion: "reduce",
      forcedColors: "active",
    });
    expect(await page.evaluate("innerWidth")).toBe(360);
    expect(await page.evaluate(matches("prefers-color-scheme: dark"))).toBe(true);
    expect(await page.evaluate(matches("prefers-reduced-motion"))).toBe(true);
    expect(await page.evaluate(matches("forced-colors: active"))).toBe(true);
  });

  describe.each([
    ["an error that nobody catches", "setTimeout(() => { throw new Error('oh') })", /Error: oh/],
    ["a promise that nobody catches", "Promise.reject(new Error('oh'))", /Error: oh/],
    ["an error in the console", "console.error('oh')", /^oh/],
    [
      "a request to another host",
      "fetch('http://bunsen.invalid/').catch(() => {})",
      /bunsen.inv|ERR_NAME/,
    ],
    ["a request to another port", "new Image().src = 'http://127.0.0.1:9/'", /127.0.0.1:9|ERR_/],
    ["a WebSocket to another host", "new WebSocket('ws://bunsen.invalid/')", /bunsen.invalid/],
  ])("%s", (_what, script, fault) => {
    // The same twice, but for what is expected: so it is the fault that fails the test.
    it("passes where it is expected", async () => {
      await using served = await servePages({ "/": "<p>Hello</p>" });
      await using page = await chromium.open(served.origin, { expected: [fault] });
      await page.evaluate(`{ ${script} } undefined`);
      await expect.poll(() => page.faults.length, { timeout: 30_000 }).toBeGreaterThan(0);
    });

    it.fails("fails the test where it is not", async () => {
      await using served = await servePages({ "/": "<p>Hello</p>" });
      await using page = await chromium.open(served.origin);
      await page.evaluate(`{ ${script} } undefined`);
      await expect.poll(() => page.faults.length, { timeout: 30_000 }).toBeGreaterThan(0);
    });
  });

  it("is judged by axe", async () => {
    await using served = await servePages({
      "/": '<button></button><p style="color:#777;background:#666">dim</p>',
    });
    await using page = await chromium.open(served.origin);
    expect(await axe(page)).toEqual([
      expect.stringMatching(/^button-name: button/),
      expect.stringMatching(/^color-contrast: p/),
    ]);
    expect(await axe(page, { rules: { "button-name": { enabled: false } } })).toHaveLength(1);
  });
});
