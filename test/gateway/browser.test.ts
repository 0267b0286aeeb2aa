import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browserBundle } from "../../scripts/browser-bundle.ts";
import type * as Browser from "../../src/browser/index.ts";
import { Daemon, expose, type ListenOptions, ndarray, SILENT } from "../../src/index.ts";
import { PlainLab } from "./plain-lab.ts";

class Lab extends PlainLab {
  readonly listeners: ((value: number) => unknown)[] = [];
  watch(listener: (value: number) => unknown) {
    this.listeners.push(listener);
  }
  other() {
    return other;
  }
  trace() {
    return ndarray(Float64Array.of(1, 2.5, 4, 5, 6, 7), { shape: [2, 3], unit: "V" });
  }
}
expose(Lab, {
  watch: true,
  other: true,
  trace: true,
});
const other = new Lab();

// In this process: the bundle asks for nothing of Node but what a browser has too.
const folder = mkdtempSync(join(tmpdir(), "bunsen-browser-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let code: string;
let browser: typeof Browser;
beforeAll(async () => {
  code = await browserBundle();
  const file = join(folder, "bunsen.mjs");
  writeFileSync(file, code);
  browser = (await import(pathToFileURL(file).href)) as typeof Browser;
}, 60_000);

async function serve(gateway: ListenOptions["gateway"] = {}) {
  const daemon = new Daemon({ logger: SILENT });
  const lab = new Lab();
  daemon.register("lab", lab);
  daemon.register("other", other, { force: true });
  const { url, close } = await daemon.listen("http://localhost:0", { gateway });
  const ws = url.replace("http", "ws");
  return { daemon, lab, ws, url, close, [Symbol.asyncDispose]: () => daemon.close() };
}

describe("bunsen/browser", () => {
  it("is one file that imports nothing", () => {
    expect(code).not.toMatch(/\bimport\s*[{*"(]|\brequire\(/);
  });

  it("is small", () => {
    expect(gzipSync(code, { level: 9 }).byteLength).toBeLessThan(25_000);
  });

  it("calls as in Node: values, attributes, errors, descriptions", async () => {
    await using served = await serve();
    await using lab = await browser.connect<Lab>(`${served.ws}/lab`);
    expect(await Promise.all([lab.add(1, 2), lab.add(3, 4)])).toEqual([3, 7]);
    await browser.assign(lab, { setpoint: 21.5 });
    expect(await lab.setpoint).toBe(21.5);
    await expect(lab.fail()).rejects.toThrow("on purpose");
    await expect(lab.fail()).rejects.toBeInstanceOf(browser.RemoteError);
    expect(browser.describe(lab).members.get("add")?.doc).toBe("Adds.");
    expect(browser.uriOf(lab)).toBe(`${served.ws}/lab`);
  });

  it.each([
    ["texts of all kinds", "aäß€𝄞\ufeff".repeat(200)],
    ["numbers", [0, -1, 1.5, 2 ** 40, -(2 ** 40), 2n ** 64n, -(2n ** 63n), Number.NaN]],
    ["nested records", { a: [{ b: null }, { c: true }], "": "x" }],
    ["a date", new Date(1_700_000_000_000)],
    ["sets and maps", [new Set([1]), new Map([["a", 1]])]],
  ])("carries %s there and back", async (_what, value) => {
    await using served = await serve();
    await using lab = await browser.connect<Lab>(`${served.ws}/lab`);
    expect(await lab.echo(value)).toEqual(value);
  });

  it("receives arrays", async () => {
    await using served = await serve();
    await using lab = await browser.connect<Lab>(`${served.ws}/lab`);
    const array = (await lab.trace()) as Browser.NdArray;
    expect([array.shape, array.dtype, array.unit]).toEqual([[2, 3], "float64", "V"]);
    expect(array.data).toEqual(Float64Array.of(1, 2.5, 4, 5, 6, 7));
    expect(array.at(1, -1)).toBe(7);
    expect(array.toNested()).toEqual([
      [1, 2.5, 4],
      [5, 6, 7],
    ]);
    expect([...array]).toEqual([1, 2.5, 4, 5, 6, 7]);
    expect(await lab.echo(array)).toEqual(array);
  });

  it("carries megabytes", async () => {
    await using served = await serve();
    await using lab = await browser.connect<Lab>(`${served.ws}/lab`);
    const bytes = new Uint8Array(3_000_000).map((_, i) => i);
    const echoed = (await lab.echo(bytes)) as Uint8Array;
    expect(echoed.byteLength).toBe(bytes.byteLength);
    expect(Buffer.from(echoed).equals(Buffer.from(bytes))).toBe(true);
  });

  it("streams, and ends a stream with its loop", async () => {
    await using served = await serve();
    await using lab = await browser.connect<Lab>(`${served.ws}/lab`);
    const seen = [];
    for await (const i of lab.count(1_000_000)) {
      seen.push(i);
      if (seen.length === 200) break;
    }
    expect(seen.at(-1)).toBe(199);
    await expect.poll(() => served.lab.left).toBe(1);
  });

  it("is called back, with errors too", async () => {
    await using served = await serve();
    await using lab = await browser.connect<Lab>(`${served.ws}/lab`);
    expect(await lab.each([1, 2, 3], (value) => value * 2)).toEqual([2, 4, 6]);
    expect(await lab.each([1], async (value) => value + 1)).toEqual([2]);
    const failing = lab.each([1], () => {
      throw new RangeError("in the page");
    });
    await expect(failing).rejects.toThrow("in the page");
  });

  it("cancels, and gives up in time", async () => {
    await using served = await serve();
    await using lab = await browser.connect<Lab>(`${served.ws}/lab`);
    const ending = new AbortController();
    const waiting = browser.withOptions(lab, { signal: ending.signal }).wait();
    ending.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await expect(browser.withOptions(lab, { timeout: 30 }).wait()).rejects.toBeInstanceOf(
      browser.TimeoutError,
    );
    await expect.poll(() => served.lab.left).toBe(2);
  });

  it("reaches what an object hands out", async () => {
    await using served = await serve();
    await using lab = await browser.connect<Lab>(`${served.ws}/lab`);
    const handed = (await lab.other()) as unknown as Browser.Remote<Lab>;
    expect(await handed.add(2, 2)).toBe(4);
    await handed[Symbol.asyncDispose]();
  });

  it("sends the key", async () => {
    await using served = await serve({ keys: ["k"] });
    await expect(browser.connect(`${served.ws}/lab`)).rejects.toMatchObject({
      code: "ERR_CONNECT",
    });
    await using lab = await browser.connect<Lab>(`${served.ws}/lab`, { gatewayKey: "k" });
    expect(await lab.add(1, 1)).toBe(2);
    expect(browser.uriOf(lab)).not.toContain("k=");
  });

  it("connects again by itself, tells how it stands, and subscribes anew", async () => {
    await using served = await serve();
    await using lab = await browser.connect<Lab>(`${served.ws}/lab`);
    const states: string[] = [];
    browser.connectionState(lab).subscribe(({ name }) => states.push(name));
    const heard: number[] = [];
    await using _subscription = browser.subscribe(lab, (it) =>
      it.watch((value) => {
        heard.push(value);
      }),
    );
    await expect.poll(() => served.lab.listeners.length).toBe(1);
    await served.lab.listeners[0]?.(1);
    await served.close();
    await expect.poll(() => states).toContain("lost");
    await served.daemon.listen(served.url);
    await expect.poll(() => served.lab.listeners.length, { timeout: 10_000 }).toBe(2);
    await served.lab.listeners[1]?.(2);
    expect(heard).toEqual([1, 2]);
    expect(browser.connectionState(lab).value.name).toBe("connected");
  });

  it.each(["ws://localhost", "pyro://x", "lab"])("refuses %s", async (uri) => {
    await expect(browser.connect(uri)).rejects.toMatchObject({ code: "ERR_BAD_URI" });
  });
});
