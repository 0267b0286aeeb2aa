import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe } from "vitest";
import { findChromium } from "../../scripts/chromium.mjs";
import { launchChromium } from "../../scripts/launch-chromium.ts";

const wanted = findChromium() !== undefined || Boolean(process.env["CI"]);

/** A browser that starts, and a page that does a lot, on a machine that is busy. */
const TEST_MS = 120_000;
/** What one wait in a page may take. */
const WAIT_MS = 40_000;

/** `describe` for tests that need a Chromium: skipped where there is none, but for CI. */
export function describeWithChromium(title: string, suite: () => void): void {
  (wanted ? describe : describe.skip)(title, { timeout: TEST_MS }, suite);
}

export interface ChromiumOptions {
  /** More switches of its command line. */
  readonly args?: readonly string[];
}

export interface PageOptions {
  /** Pixels. Default 1280 × 800. */
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
  readonly reducedMotion?: "reduce";
  readonly forcedColors?: "active";
  /** Hosts with their ports that the page may talk to, beside its own: `localhost:8080`. */
  readonly hosts?: readonly string[];
  /** Errors of the page, or of its console, that the test provokes. */
  readonly expected?: readonly RegExp[];
}

/** A page in a context of its own: storage, cookies and all. */
export type OpenPage = Page &
  AsyncDisposable & {
    /** What went wrong in it so far, expected or not. */
    readonly faults: readonly string[];
  };

/** The Chromium of one test file. */
export interface Chromium {
  /**
   * A new page at `url`. It is closed when it is disposed of, or with the test. The test fails when the page throws, writes
   * an error to its console, or asks anything of a host that is not its own.
   */
  open(url: string, options?: PageOptions): Promise<OpenPage>;
}

/** Call it once at the top of a test file: its Chromium starts and ends with it. */
export function useChromium(options: ChromiumOptions = {}): Chromium {
  let browser: Browser | undefined;
  const contexts = new Set<BrowserContext>();
  const unexpected: string[] = [];
  beforeAll(async () => {
    if (wanted) browser = await launchChromium(options.args);
  }, TEST_MS);
  afterEach(async () => {
    for (const context of contexts) await context.close();
    const found = unexpected.splice(0);
    if (found.length > 0) throw new Error(`in the page:\n${found.join("\n")}`);
  }, WAIT_MS);
  afterAll(async () => {
    await browser?.close();
  }, WAIT_MS);
  return {
    async open(url, pageOptions = {}) {
      if (!browser) throw new Error("pages are opened in tests, of describeWithChromium");
      const context = await newContext(browser, pageOptions);
      contexts.add(context);
      context.on("close", () => contexts.delete(context));
      const faults: string[] = [];
      watch(context, [new URL(url).host, ...(pageOptions.hosts ?? [])], (fault) => {
        faults.push(fault);
        if (!pageOptions.expected?.some((pattern) => pattern.test(fault))) unexpected.push(fault);
      });
      const page = await context.newPage();
      page.setDefaultTimeout(WAIT_MS);
      await page.goto(url);
      return Object.assign(page, { faults, [Symbol.asyncDispose]: () => context.close() });
    },
  };
}

function newContext(browser: Browser, options: PageOptions): Promise<BrowserContext> {
  const { width = 1280, height = 800, colorScheme = "light" } = options;
  return browser.newContext({
    viewport: { width, height },
    colorScheme,
    reducedMotion: options.reducedMotion ?? null,
    forcedColors: options.forcedColors ?? null,
    locale: "en-GB",
    timezoneId: "UTC",
  });
}

function watch(
  context: BrowserContext,
  hosts: readonly string[],
  fault: (text: string) => void,
): void {
  const judge = (url: string) => {
    if (/^(data|blob|about):/.test(url) || hosts.includes(new URL(url).host)) return;
    fault(`asks another host: ${url}`);
  };
  context.on("request", (request) => judge(request.url()));
  context.on("page", (page) => page.on("websocket", (socket) => judge(socket.url())));
  context.on("weberror", (error) => fault(error.error().stack ?? String(error.error())));
  context.on("console", (message) => {
    if (message.type() === "error") fault(`${message.text()} (${message.location().url})`);
  });
}

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/**
 * What axe finds wrong with a page, serious and critical: a line each, with the rule and the element.
 * @param options - Axe's own: rules that are off need a reason beside them.
 */
export async function axe(page: Page, options: RunOptions = {}): Promise<readonly string[]> {
  const source = readFileSync(AXE, "utf8");
  await page.evaluate(`if (!window.axe) { ${source} }`);
  const json = JSON.stringify({ ...options, resultTypes: ["violations"] });
  const { violations } = (await page.evaluate(`axe.run(document, ${json})`)) as AxeResults;
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.target.join(" ")} (${node.failureSummary})`),
    );
}
