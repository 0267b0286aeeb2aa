import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Remote } from "../../src/browser/index.ts";
import { Daemon, type ListenOptions, SILENT } from "../../src/index.ts";
import { describeWithChromium, type PageOptions, useChromium } from "../support/chromium.ts";
import type { Pages } from "../support/pages.ts";
import { freePort } from "../support/ports.ts";
import { startProcess } from "../support/process.ts";
import { serveClient } from "./client-page.ts";
import { neighbour, PageLab } from "./lab.ts";

/** A busy machine takes its time. */
const SOON = { timeout: 60_000 };

const chromium = useChromium();
const GATEWAY = fileURLToPath(new URL("gateway-process.ts", import.meta.url));

/** What Chromium writes to the console of a page whose WebSocket failed; the page itself is told by an event. */
const NO_SOCKET = /WebSocket connection to '.*' failed/;

describeWithChromium("bunsen/browser in a page", () => {
  let client: Pages;
  beforeAll(async () => {
    client = await serveClient();
  });
  afterAll(() => client[Symbol.asyncDispose]());

  async function serve(gateway: ListenOptions["gateway"] = {}) {
    const daemon = new Daemon({ logger: SILENT });
    const lab = new PageLab();
    daemon.register("lab", lab);
    daemon.register("neighbour", neighbour, { force: true });
    const options = { gateway: { origins: [client.origin], ...gateway } };
    const { url } = await daemon.listen("http://127.0.0.1:0", options);
    const uri = `${url.replace("http", "ws")}/lab`;
    const { host } = new URL(url);
    return { daemon, lab, uri, host, [Symbol.asyncDispose]: () => daemon.close() };
  }

  /** A page that has the bundle, and may talk to the gateway. */
  async function open(host: string, options: PageOptions = {}) {
    const page = await chromium.open(client.origin, { hosts: [host], ...options });
    await page.waitForFunction("globalThis.kept");
    return page;
  }

  it("calls, with keyword arguments; reads and sets attributes; knows what there is", async () => {
    await using served = await serve();
    await using page = await open(served.host);
    const seen = await page.evaluate(async (uri) => {
      const lab = await bunsen.connect<PageLab>(uri);
      await bunsen.assign(lab, { setpoint: 21.5 });
      const add = bunsen.describe(lab).members.get("add");
      return {
        sums: await Promise.all([lab.add(1, 2), lab.add(3, 4)]),
        powers: [await lab.power(3), await lab.power(3, bunsen.kwargs({ exponent: 3 }))],
        batch: await bunsen.batch(lab, (it) => [it.add(1, 1), it.add(2, 2)]),
        setpoint: await lab.setpoint,
        signature: add && bunsen.signatureOf(add),
        doc: add?.doc,
        oneway: await lab.note(),
        uri: bunsen.uriOf(lab),
      };
    }, served.uri);
    expect(seen).toEqual({
      sums: [3, 7],
      powers: [9, 27],
      batch: [2, 4],
      setpoint: 21.5,
      signature: "add(a, b)",
      doc: "Adds.",
      oneway: undefined,
      uri: served.uri,
    });
    await expect.poll(() => served.lab.told, SOON).toBe(1);
  });

  it("sends and receives values of every kind", async () => {
    await using served = await serve();
    await using page = await open(served.host);
    const seen = await page.evaluate(async (uri) => {
      const lab = await bunsen.connect<PageLab>(uri);
      const { float, Float, tuple, Tuple, FrozenSet, Complex, PlainDate } = bunsen;
      const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
      const check = async (
        value: unknown,
        right: (back: unknown) => boolean,
      ): Promise<readonly [kind: string, right: boolean]> => [
        await lab.kind(value),
        right(await lab.echo(value)),
      ];
      const date = new Date(1_700_000_000_123);
      const bytes = new Uint8Array(100_000).map((_, i) => i);
      return {
        null: await check(null, (back) => back === null),
        boolean: await check(true, (back) => back === true),
        number: await check(1.5, (back) => back === 1.5),
        nan: await check(Number.NaN, (back) => Number.isNaN(back)),
        float: await check(float(2), (back) => back === 2 || back instanceof Float),
        bigint: await check(2n ** 70n, (back) => back === 2n ** 70n),
        text: await check("aß€𝄞", (back) => back === "aß€𝄞"),
        array: await check([1, ["a"]], (back) => same(back, [1, ["a"]])),
        tuple: await check(tuple(1, 2), (back) => back instanceof Tuple && same(back, [1, 2])),
        record: await check({ a: { b: 1 } }, (back) => same(back, { a: { b: 1 } })),
        map: await check(new Map([[1, "a"]]), (back) => back instanceof Map && back.get(1) === "a"),
        set: await check(new Set([1, 2]), (back) => back instanceof Set && back.has(2)),
        frozen: await check(new FrozenSet([1]), (back) => back instanceof FrozenSet && back.has(1)),
        date: await check(date, (back) => back instanceof Date && +back === +date),
        day: await check(
          new PlainDate(2026, 11, 21),
          (back) => back instanceof PlainDate && `${back}` === "2026-11-21",
        ),
        complex: await check(
          new Complex(1, -2),
          (back) => back instanceof Complex && back.im === -2,
        ),
        bytes: await check(
          bytes,
          (back) =>
            back instanceof Uint8Array && same([...back.slice(0, 300)], [...bytes.slice(0, 300)]),
        ),
      };
    }, served.uri);
    const arrived = Object.fromEntries(Object.entries(seen).map(([what, [kind]]) => [what, kind]));
    expect(Object.entries(seen).filter(([, [, right]]) => !right)).toEqual([]);
    expect(arrived).toEqual({
      null: "null",
      boolean: "boolean",
      number: "number",
      nan: "number",
      float: "number",
      bigint: "bigint",
      text: "string",
      array: "Array",
      tuple: "Tuple",
      record: "Object",
      map: "Map",
      set: "Set",
      frozen: "FrozenSet",
      date: "Date",
      day: "PlainDate",
      complex: "Complex",
      bytes: expect.stringMatching(/Uint8Array|Buffer/),
    });
  });

  it("iterates streams, and ends them with the loop", async () => {
    await using served = await serve();
    await using page = await open(served.host);
    const seen = await page.evaluate(async (uri) => {
      const lab = await bunsen.connect<PageLab>(uri);
      const all: number[] = [];
      for await (const i of lab.count(1000)) all.push(i);
      let last = 0;
      for await (const i of lab.count(1_000_000)) {
        last = i;
        if (i === 200) break;
      }
      return { length: all.length, last, and: await lab.add(1, 1) };
    }, served.uri);
    expect(seen).toEqual({ length: 1000, last: 200, and: 2 });
    await expect.poll(() => served.lab.left, SOON).toBe(2);
  });

  it("passes functions, and what they throw reaches the one that called them", async () => {
    await using served = await serve();
    await using page = await open(served.host);
    const seen = await page.evaluate(async (uri) => {
      const lab = await bunsen.connect<PageLab>(uri);
      const failing = () => {
        throw new RangeError("in the page");
      };
      return {
        doubled: await lab.each([1, 2, 3], (value) => value * 2),
        later: await lab.each([1], async (value) => value + 1),
        failed: await lab.each([1], failing).catch((error: Error) => error.message),
      };
    }, served.uri);
    expect(seen.doubled).toEqual([2, 4, 6]);
    expect(seen.later).toEqual([2]);
    expect(seen.failed).toContain("in the page");
  });

  it("cancels with an AbortSignal, and gives up in time", async () => {
    await using served = await serve();
    await using page = await open(served.host);
    const seen = await page.evaluate(async (uri) => {
      const lab = await bunsen.connect<PageLab>(uri);
      const reasonOf = (call: Promise<unknown>) => call.then(String, (error: Error) => error);
      const ending = new AbortController();
      const waiting = reasonOf(bunsen.withOptions(lab, { signal: ending.signal }).wait());
      ending.abort(new Error("enough"));
      const late = await reasonOf(bunsen.withOptions(lab, { timeout: 50 }).wait());
      return { aborted: `${await waiting}`, late: late instanceof bunsen.TimeoutError };
    }, served.uri);
    expect(seen).toEqual({ aborted: "Error: enough", late: true });
    // Both calls have ended at the other side, too.
    await expect.poll(() => served.lab.left, SOON).toBe(2);
  });

  it("tells errors by their classes and codes", async () => {
    await using served = await serve();
    await using page = await open(served.host);
    const seen = await page.evaluate(async (uri) => {
      const lab = await bunsen.connect<PageLab>(uri);
      const errorOf = (call: Promise<unknown>) =>
        call.then(
          () => undefined,
          (error) => error,
        );
      const failed = await errorOf(lab.fail());
      const unknown = await errorOf((lab as unknown as { nope(): Promise<void> }).nope());
      const nowhere = await errorOf(bunsen.connect("mailto:lab"));
      return {
        failed: [
          failed instanceof bunsen.RemoteError,
          failed instanceof RangeError,
          failed.message,
        ],
        trace: failed.remote?.traceback?.length > 0 || /fail/.test(failed.stack),
        unknown: [unknown instanceof bunsen.MemberError, unknown.code, unknown.retry],
        nowhere: [nowhere instanceof bunsen.BunsenError, nowhere.code],
        and: await lab.add(1, 2),
      };
    }, served.uri);
    expect(seen).toMatchObject({
      failed: [true, false, expect.stringContaining("on purpose")],
      trace: true,
      unknown: [true, "ERR_UNKNOWN_MEMBER", "never"],
      nowhere: [true, "ERR_BAD_URI"],
      and: 3,
    });
  });

  it("comes back after the gateway was killed: objects, their state, callbacks and streams", async () => {
    const port = await freePort();
    const start = () =>
      startProcess(process.execPath, [GATEWAY, `${port}`, client.origin], {
        ready: /^READY/,
        readyMs: 60_000,
      });
    let gateway = await start();
    await using _last = { [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
    await using page = await open(`127.0.0.1:${port}`, { expected: [NO_SOCKET] });
    await page.evaluate(async (uri) => {
      const lab = await bunsen.connect<PageLab>(uri);
      const near = (await lab.neighbour()) as unknown as Remote<PageLab>;
      await near.add(1, 1);
      const states: string[] = [];
      bunsen.connectionState(lab).subscribe(({ name }) => states.push(name));
      const heard: number[] = [];
      const ticked: number[] = [];
      bunsen.subscribe(lab, (it) => it.watch((value) => heard.push(value)));
      bunsen.subscribe(lab, async (it) => {
        for await (const tick of it.ticks()) ticked.push(tick);
      });
      Object.assign(kept, { lab, near, states, heard, ticked });
    }, `ws://127.0.0.1:${port}/lab`);
    const tell = (value: number) =>
      page.evaluate((it) => (kept as { lab: Remote<PageLab> }).lab.tell(it), value);
    const see = () =>
      page.evaluate(() => {
        const { lab, near, heard, states, ticked } = kept as {
          lab: object;
          near: object;
          heard: number[];
          states: string[];
          ticked: number[];
        };
        const now = [lab, near].map((it) => bunsen.connectionState(it).value.name);
        return { now, heard, states, ticks: ticked.length };
      });
    await expect.poll(() => tell(1), SOON).toBe(1);
    await expect.poll(async () => (await see()).ticks, SOON).toBeGreaterThan(3);

    gateway.kill("SIGKILL");
    await gateway.exited;
    await expect.poll(async () => (await see()).states.includes("lost"), SOON).toBe(true);
    const call = await page.evaluate(async () => {
      const { lab } = kept as { lab: Remote<PageLab> };
      return await lab.add(1, 2).catch((error) => [error.code, error.retry]);
    });
    expect(call).toEqual(["ERR_CONNECT", "later"]);
    const before = await see();

    gateway = await start();
    // Nobody calls: the page comes back by itself, with both objects.
    const now = async () => (await see()).now.join();
    await expect.poll(now, SOON).toBe("connected,connected");
    await expect.poll(async () => (await see()).ticks, SOON).toBeGreaterThan(before.ticks);
    await expect.poll(() => tell(2), SOON).toBe(1);
    const after = await see();
    expect(new Set(after.heard)).toEqual(new Set([1, 2]));
    expect(after.states).toEqual(expect.arrayContaining(["lost", "connecting", "connected"]));
  });

  it("is refused to a page of another origin", async () => {
    await using served = await serve({ origins: [] });
    await using page = await open(served.host, { expected: [NO_SOCKET] });
    const attempt = () =>
      page.evaluate(
        (uri) =>
          bunsen.connect(uri).then(
            () => "connected",
            ({ code, message }) => `${code} ${message}`,
          ),
        served.uri,
      );
    expect(await attempt()).toMatch(/^ERR_CONNECT .*origin/);
    expect(page.faults).toEqual([expect.stringContaining("403")]);
  });

  it("shows its key", async () => {
    await using served = await serve({ keys: ["s3cret & more"] });
    await using page = await open(served.host, { expected: [NO_SOCKET] });
    const seen = await page.evaluate(async (uri) => {
      const refused = await bunsen.connect(uri).catch(({ code }) => code);
      const lab = await bunsen.connect<PageLab>(uri, { gatewayKey: "s3cret & more" });
      return { refused, sum: await lab.add(1, 2), uri: bunsen.uriOf(lab) };
    }, served.uri);
    expect(seen).toEqual({ refused: "ERR_CONNECT", sum: 3, uri: served.uri });
  });
});
