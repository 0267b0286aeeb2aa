import { readFile } from "node:fs/promises";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, Daemon, expose, ndarray, release, SILENT } from "../../src/index.ts";
import { connectManager } from "../../src/msl/index.ts";
import { StockManager } from "../msl/stock.ts";
import { axe, describeWithChromium, type PageOptions, useChromium } from "../support/chromium.ts";
import { useConsole } from "../support/console.ts";
import { describeWithPython, runPython, spawnPython } from "../support/python.ts";

const chromium = useChromium();
useConsole();

/** A busy machine takes its time. */
const SOON = { timeout: 30_000 };

/** What `endless` waits for. */
let gate = Promise.withResolvers<void>();

class Instrument {
  level = 2.5;
  mode: unknown = "fast";
  left = 0;
  readonly serial: string = "A-17";
  /** Sets the level of a channel. */
  set(channel: number, unit = "V", limit = 1.5, wait = false) {
    return [channel, unit, limit, wait].map(String).join(" | ");
  }
  echo(...values: unknown[]) {
    return values[0];
  }
  raw(count = 3) {
    return Uint8Array.from({ length: count }, (_, i) => 0x41 + i);
  }
  size(data: Uint8Array) {
    return data.byteLength;
  }
  picture() {
    const values = Float64Array.from({ length: 64 * 48 }, (_, i) => i % 48);
    return ndarray(values, { shape: [64, 48], unit: "V" });
  }
  trace() {
    return Array.from({ length: 1000 }, (_, i) => Math.sin(i / 50));
  }
  table() {
    return [
      { name: "first", value: 1.5 },
      { name: "second", value: 2n ** 70n },
    ];
  }
  fail() {
    throw new RangeError("on purpose");
  }
  async endless() {
    await gate.promise;
  }
  async *numbers() {
    try {
      for (let i = 0; ; i++) {
        yield i;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    } finally {
      this.left += 1;
    }
  }
  other() {
    return other;
  }
  ping() {}
}
expose(
  Instrument,
  {
    level: true,
    mode: true,
    serial: { readonly: true },
    set: true,
    echo: true,
    raw: true,
    size: true,
    picture: true,
    trace: true,
    table: true,
    fail: true,
    endless: true,
    numbers: true,
    other: true,
    ping: { oneway: true },
  },
  { doc: "An instrument to try." },
);
const other = new Instrument();

const instrument = new Instrument();
const daemon = new Daemon({ logger: SILENT });
let url: string;
beforeAll(async () => {
  daemon.register("lab.instrument", instrument);
  daemon.register("lab.other", other);
  ({ url } = await daemon.listen("http://localhost:0"));
});
afterAll(() => daemon.close());

async function openObject(name = "lab.instrument", options: PageOptions = {}) {
  const page = await chromium.open(`${url}/#/object/${name}`, options);
  await page.getByRole("heading", { name: "History" }).waitFor();
  return page;
}

/** Opens the card of a method. */
async function card(page: Page, method: string): Promise<Locator> {
  const found = page.locator(`[id="member-${method}"]`);
  await found.locator("summary").first().click();
  return found;
}

const call = (method: Locator) => method.getByRole("button", { name: "Call", exact: true }).click();
const outcome = (method: Locator) => method.locator(".outcome");
// biome-ignore lint/performance/useDomNodeTextContent: what is seen is meant; it is no node but a locator
const text = (locator: Locator) => locator.innerText();

describeWithChromium("the page of an object", () => {
  it("tells what it is, and what it offers", async () => {
    await using page = await openObject();
    await page.getByText("An instrument to try.").waitFor();
    await page.getByText("Instrument", { exact: true }).waitFor();
    const set = page.locator('[id="member-set"] summary').first();
    expect(await text(set)).toContain('set(channel, unit="V", limit=1.5, wait=false)');
    expect(await text(set)).toContain("Sets the level of a channel.");
    expect(await text(page.locator('[id="member-numbers"]'))).toContain("streams");
    expect(await text(page.locator('[id="member-ping"]'))).toContain("one-way");
  });

  it("calls with what is typed, each field as its kind; Enter submits", async () => {
    await using page = await openObject();
    const set = await card(page, "set");
    await set.getByLabel("channel", { exact: false }).first().fill("3");
    await set.getByLabel("limit", { exact: false }).first().fill("2.5");
    await set.getByLabel("wait", { exact: false }).first().selectOption("true");
    await page.keyboard.press("Tab");
    await set.getByLabel("limit", { exact: false }).first().press("Enter");
    await outcome(set).locator(".value", { hasText: "3 | V | 2.5 | true" }).waitFor();
  });

  it("says at the field what is wrong, and leads there", async () => {
    await using page = await openObject();
    const set = await card(page, "set");
    await set.getByLabel("limit", { exact: false }).first().fill("1,5");
    await call(set);
    await set.getByText("Enter a value; text may be empty.").waitFor();
    await set.getByText("A number has a point, not a comma: 1.5.").waitFor();
    const focused = page.locator(":focus");
    await expect.poll(() => focused.getAttribute("id"), SOON).toBe("member-set-channel");
    expect(await focused.getAttribute("aria-invalid")).toBe("true");
    const problem = await focused.getAttribute("aria-describedby");
    expect(await text(page.locator(`[id="${problem}"]`))).toBe("Enter a value; text may be empty.");
    await focused.fill("1");
    await expect.poll(() => set.getByText("Enter a value").count(), SOON).toBe(0);
  });

  it("shows what a value is taken for before it is sent, and takes another kind", async () => {
    await using page = await openObject();
    const echo = await card(page, "echo");
    await echo.getByRole("button", { name: "+ values" }).click();
    const field = page.locator(":focus");
    await field.fill("(1, None)");
    await echo.getByRole("button", { name: "+ values" }).click();
    await echo.getByRole("button", { name: "remove values 2" }).click();
    // The focus is not lost with what had it.
    await expect.poll(() => page.locator(":focus").textContent(), SOON).toBe("+ values");
    await echo.getByText("tuple (1, None)").waitFor();
    await call(echo);
    await outcome(echo).getByText("(1, None)").first().waitFor();
    await echo.getByLabel("what values 1 is taken for").selectOption("text");
    await call(echo);
    await outcome(echo).locator(".value.short", { hasText: "(1, None)" }).waitFor();
  });

  it("shows results by their kind", async () => {
    await using page = await openObject();
    const picture = await card(page, "picture");
    await call(picture);
    await outcome(picture).getByText("64 × 48 float64 in V").waitFor();
    const canvas = outcome(picture).getByRole("img", { name: /64 rows of 48 values/ });
    await canvas.waitFor();
    const pixel = (x: number): Promise<number[]> =>
      page.evaluate(
        `[...document.querySelector(".picture canvas").getContext("2d").getImageData(${x}, 10, 1, 1).data]`,
      );
    // From dark to light, as the numbers grow.
    await expect.poll(() => pixel(0), SOON).toEqual([68, 1, 84, 255]);
    expect(await pixel(47)).toEqual([253, 231, 37, 255]);
    await outcome(picture).getByRole("button", { name: "Numbers" }).click();
    await outcome(picture).getByRole("columnheader", { name: "31" }).waitFor();

    const trace = await card(page, "trace");
    await call(trace);
    await outcome(trace)
      .getByRole("img", { name: /a line of 1000 values/ })
      .waitFor();
    await outcome(trace).locator("canvas").waitFor();

    const table = await card(page, "table");
    await call(table);
    await outcome(table)
      .getByRole("cell", { name: `${2n ** 70n}` })
      .waitFor();

    const link = await card(page, "other");
    await call(link);
    await outcome(link).getByRole("link", { name: "lab.other" }).click();
    await page.getByRole("heading", { name: "lab.other" }).waitFor();
  });

  it("draws lines in their colours, though the page of plots never came", async () => {
    await using page = await openObject("lab.instrument", { expected: [/Failed to load/] });
    await page.route("**/assets/plots-*", (route) => route.abort());
    await page.reload();
    await page.getByRole("heading", { name: "History" }).waitFor();
    const trace = await card(page, "trace");
    await call(trace);
    await outcome(trace).locator("canvas").waitFor();
    const bluePixels = (): Promise<number> =>
      page.evaluate(`(() => {
        const canvas = document.querySelector('[id="member-trace"] canvas');
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 100 && data[i + 2] - data[i] > 100) count += 1;
        return count;
      })()`);
    await expect.poll(bluePixels, SOON).toBeGreaterThan(100);
  });

  it("shows an exception with the traceback from there", async () => {
    await using page = await openObject();
    const fail = await card(page, "fail");
    await call(fail);
    const failure = outcome(fail).locator(".failure");
    await failure.waitFor();
    expect(await text(failure.locator("p").first())).toBe("RangeError: on purpose");
    expect(await text(failure.locator("pre"))).toContain("Instrument.fail");
  });

  it("uploads a file, and downloads bytes", async () => {
    await using page = await openObject();
    const size = await card(page, "size");
    await size.getByLabel("what data is taken for").selectOption("file");
    const buffer = Buffer.alloc(100_000, 7);
    const file = { name: "it's.bin", mimeType: "application/octet-stream", buffer };
    await size.locator("input[type=file]").setInputFiles(file);
    await size.getByText("100 kB").waitFor();
    await call(size);
    await outcome(size).locator(".scalar", { hasText: "100000" }).waitFor();

    const raw = await card(page, "raw");
    await call(raw);
    await outcome(raw).getByText("41 42 43").waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      raw.getByRole("button", { name: "Save as file" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("raw.bin");
    expect(await readFile(await download.path(), "utf8")).toBe("ABC");
  });

  it("shows a stream while it comes: counts, pauses, stops", async () => {
    await using page = await openObject();
    const left = instrument.left;
    const numbers = await card(page, "numbers");
    await numbers.getByRole("button", { name: "Start", exact: true }).click();
    const count = async () => Number.parseInt(await text(numbers.locator(".count")), 10);
    await expect.poll(count, SOON).toBeGreaterThan(20);
    await numbers.getByRole("button", { name: "Pause" }).click();
    await numbers.getByText("paused").waitFor();
    const paused = await count();
    await numbers.getByRole("img", { name: /a line of/ }).waitFor();
    expect((await count()) - paused).toBeLessThanOrEqual(1);
    await numbers.getByRole("button", { name: "Go on" }).click();
    await expect.poll(count, SOON).toBeGreaterThan(paused + 5);
    await numbers.getByRole("button", { name: "Stop", exact: true }).click();
    await numbers
      .getByText(/stopped after \d+ items/)
      .first()
      .waitFor();
    await expect.poll(() => instrument.left, SOON).toBe(left + 1);
  });

  it("puts an attribute, and a stream, on a plot", async () => {
    await using page = await openObject();
    await page.getByRole("button", { name: "Add lab.instrument.level to a plot" }).click();
    await page.getByRole("link", { name: "lab.instrument.level is on a plot" }).waitFor();
    const numbers = await card(page, "numbers");
    await numbers.getByRole("button", { name: "Add lab.instrument.numbers() to a plot" }).click();
    await numbers.getByRole("link", { name: "lab.instrument.numbers() is on a plot" }).waitFor();
  });

  it("gives a call up, by hand and in time", async () => {
    gate = Promise.withResolvers();
    await using page = await openObject();
    const endless = await card(page, "endless");
    await call(endless);
    await endless.getByText("running …").waitFor();
    await endless.getByRole("button", { name: "Stop" }).click();
    await endless.getByText("stopped waiting; it may still run there").waitFor();
    await endless.getByLabel("give up after").fill("0.05");
    await call(endless);
    await endless.locator(".failure", { hasText: "ERR_TIMEOUT" }).waitFor();
    gate.resolve();
  });

  it("sends and waits for nothing where nobody answers", async () => {
    await using page = await openObject();
    const ping = await card(page, "ping");
    await call(ping);
    await ping.getByText("sent; nobody answers it").waitFor();
  });

  it("keeps what was done, and does it again", async () => {
    await using page = await openObject();
    const raw = await card(page, "raw");
    await raw.getByLabel("count", { exact: false }).first().fill("5");
    await call(raw);
    const fail = await card(page, "fail");
    await call(fail);
    const history = page.locator(".history > li");
    await expect.poll(() => history.count(), SOON).toBe(2);
    await expect
      .poll(() => text(history.first()), SOON)
      .toMatch(/fail\(\) failed: .*on purpose \(\S+ m?s\)/s);
    expect(await text(history.last())).toMatch(/raw\(5\) b"ABCDE" \(\S+ m?s\)/s);
    // As code, too: what was done, whatever the form has by now.
    await raw.getByLabel("count", { exact: false }).first().fill("6");
    await history.last().getByText("As code", { exact: true }).click();
    await history
      .last()
      .getByText(/"args\W+\[5\]/)
      .waitFor();
    // It is still there after a look at another object.
    await page.goto(`${url}/#/object/lab.other`);
    await page.getByText("What you call and set is listed here").waitFor();
    await page.goBack();
    await page.getByRole("button", { name: "Call again raw(5)" }).click();
    await expect.poll(() => history.count(), SOON).toBe(3);
    await outcome(raw).getByText("41 42 43 44 45").waitFor();
  });

  it("has a read-only attribute look like one, and sets others", async () => {
    await using page = await openObject();
    const serial = page.locator('[id="member-serial"]');
    await serial.getByText("A-17").waitFor();
    await serial.getByText("read only").waitFor();
    expect(await serial.getByRole("textbox").count()).toBe(0);
    expect(await serial.getByRole("button", { name: "Set" }).count()).toBe(0);
    const level = page.locator('[id="member-level"]');
    await level.locator(".scalar", { hasText: /^2\.5$/ }).waitFor();
    await level.getByLabel("set level to", { exact: true }).fill("7.25");
    await level.getByRole("button", { name: "Set" }).click();
    await level.locator(".scalar", { hasText: /^7\.25$/ }).waitFor();
    expect(instrument.level).toBe(7.25);
    // Whoever else sets it: it is seen here.
    instrument.level = 2.5;
    await level.locator(".scalar", { hasText: /^2\.5$/ }).waitFor();
  });

  it("greys out what it showed when the gateway is gone, and says since when", async () => {
    const lost = new Daemon({ logger: SILENT });
    lost.register("lab.instrument", new Instrument());
    const listener = await lost.listen("http://localhost:0");
    await using page = await chromium.open(`${listener.url}/#/object/lab.instrument`, {
      expected: [/./],
    });
    await page.locator('[id="member-level"] .scalar', { hasText: "2.5" }).waitFor();
    await lost.close();
    await page.locator('[id="member-level"] .live-value.stale').waitFor();
    await page
      .locator('[id="member-level"]')
      .getByText(/stale since \d+:\d+:\d+/)
      .waitFor();
    const ping = await card(page, "ping");
    expect(await ping.getByRole("button", { name: "Call" }).isDisabled()).toBe(true);
  });

  it("gives the same act as code, in the language that was chosen", async () => {
    await using page = await openObject();
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const set = await card(page, "set");
    await set.getByText("As code", { exact: true }).click();
    await set.getByText("Fill in the fields, and the same call is here as code.").waitFor();
    await set.getByLabel("channel", { exact: false }).first().fill("3");
    await set.getByRole("button", { name: "curl" }).click();
    await set.getByRole("button", { name: "copy set as curl" }).click();
    await set.getByText("copied").waitFor();
    const copied = await page.evaluate("navigator.clipboard.readText()");
    expect(copied).toContain(`-d '{"args": [3]}'`);
    expect(copied).toContain(`${url}/pyro/lab.instrument/set`);
    await page.locator('[id="member-level"]').getByText("As code", { exact: true }).click();
    const level = page.locator('[id="member-level"]');
    await level.getByText("curl -sS").waitFor();
    // Setting it, before it is set.
    await level.getByLabel("set level to", { exact: true }).fill("9");
    await level.getByText(`-d '{"value": 9}'`).waitFor();
  });

  it.each([
    ["light", 1280],
    ["dark", 1280],
    ["light", 360],
  ] as const)(
    "has nothing serious for axe to find, %s and %d pixels wide",
    async (scheme, width) => {
      await using page = await openObject("lab.instrument", { colorScheme: scheme, width });
      for (const method of ["picture", "trace", "table", "fail", "raw", "echo"]) {
        const opened = await card(page, method);
        await call(opened);
        await opened
          .getByText(/^(done|failed)/)
          .first()
          .waitFor();
        await opened.getByText("As code", { exact: true }).click();
      }
      const set = await card(page, "set");
      await call(set);
      await set.getByText("Enter a value; text may be empty.").waitFor();
      expect(await axe(page)).toEqual([]);
      const wide = await page.evaluate("document.documentElement.scrollWidth");
      expect(wide).toBeLessThanOrEqual(width);
    },
  );
});

describeWithPython("objects of Python", () => {
  describe.each(["Pyro5", "Pyro4"] as const)("%s", (which) => {
    describeWithChromium("on their page", () => {
      it("are called, read and set, streamed from, and fail with their traceback", async () => {
        await using peer = await spawnPython(
          new URL("peers/instrument.py", import.meta.url),
          [which],
          {
            ready: /^(PYRO:.*)$/,
          },
        );
        const proxy = await connect(peer.ready?.[1] ?? "");
        daemon.register(`lab.${which}`, proxy);
        try {
          await using page = await openObject(`lab.${which}`);
          const describe = await card(page, "describe");
          await describe.getByText("This object does not tell what describe takes").waitFor();
          await describe.getByLabel("argument 1", { exact: true }).fill("[1, 2.5]");
          await describe.getByRole("button", { name: "+ argument by name" }).click();
          await page.locator(":focus").fill("gain");
          await describe.getByLabel("gain", { exact: true }).fill("high");
          await call(describe);
          const said = `${which} got [[1, 2.5]] and [('gain', 'high')]`;
          await outcome(describe).locator(".value.short", { hasText: said }).waitFor();

          const divide = await card(page, "divide");
          await divide.getByLabel("argument 1", { exact: true }).fill("1");
          await divide.getByRole("button", { name: "+ argument", exact: true }).click();
          await page.locator(":focus").fill("0");
          await call(divide);
          const failure = divide.locator(".failure");
          await failure.getByText("division by zero").first().waitFor();
          expect(await text(failure.locator("strong"))).toBe("ZeroDivisionError");
          expect(await text(failure.locator("pre"))).toContain("return a / b");

          // The same call as code, run as it is.
          await describe.getByText("As code", { exact: true }).click();
          const code = await text(describe.locator(".snippets pre"));
          expect(code).toContain(which === "Pyro5" ? "Pyro5.api.Proxy(" : "Pyro4.Proxy(");
          expect(await runPython(code)).toBe(`${said}\n`);

          const sweep = await card(page, "sweep");
          await sweep.getByLabel("argument 1", { exact: true }).fill("5");
          await call(sweep);
          await sweep
            .getByText(/ended after 5 items/)
            .first()
            .waitFor();

          const level = page.locator('[id="member-level"]');
          await level.locator(".scalar", { hasText: "1.5" }).waitFor();
          await level.getByLabel("set level to", { exact: true }).fill("11");
          await level.getByRole("button", { name: "Set" }).click();
          await level.getByText("level must be 10 at most, got 11").waitFor();
          await level.getByLabel("set level to", { exact: true }).fill("9.5");
          await level.getByRole("button", { name: "Set" }).click();
          await level.locator(".scalar", { hasText: "9.5" }).waitFor();

          // What it said is as old as it says; what is not there any more is said to be gone.
          await page.locator(".object-head").getByText("answers since").waitFor();
          peer.kill("SIGKILL");
          await page.locator(".object-head").getByText("no answer since").waitFor();
          await level
            .locator(".live-value.stale")
            .getByText(/stale since \d+:\d+:\d+/)
            .waitFor();
          await outcome(sweep)
            .getByText(/ended after 5 items in .* at \d+:\d+:\d+/)
            .waitFor();
        } finally {
          await daemon.unregister(`lab.${which}`);
          await release(proxy);
        }
      });
    });
  });

  describeWithChromium("MSL-Network on their page", () => {
    it("are called by the names of their parameters, and read", async () => {
      await using manager = await StockManager.start();
      await using _service = await manager.service();
      await using client = await connectManager(manager.url, { tls: false, logger: SILENT });
      await client.link("Calc", { waitMs: 30_000 });
      const msl = { tls: false, logger: SILENT } as const;
      const proxy = await connect(`${manager.url}/Calc`, { msl });
      daemon.register("lab.calc", proxy);
      try {
        await using page = await openObject("lab.calc");
        const power = await card(page, "power");
        await power.getByLabel("a", { exact: true }).fill("3");
        await power.getByLabel("n = 2", { exact: true }).fill("4");
        await call(power);
        await outcome(power).locator(".scalar", { hasText: "81" }).waitFor();
        const units = page.locator('[id="member-units"]');
        await units.getByText("mm", { exact: true }).waitFor();
        await units.getByText("read only").waitFor();
        const fail = await card(page, "fail");
        await fail.getByText("text: str = 'x must be positive'").waitFor();
        expect(await fail.getByLabel("what text is taken for").inputValue()).toBe("text");
        await call(fail);
        await fail.locator(".failure", { hasText: "x must be positive" }).waitFor();
      } finally {
        await daemon.unregister("lab.calc");
        await release(proxy);
      }
    });
  });
});
