import { afterAll, beforeAll, expect, it } from "vitest";
import {
  connect,
  Daemon,
  type RunningNameServer,
  SILENT,
  startNameServer,
} from "../../src/index.ts";
import { describeWithChromium, useChromium } from "../support/chromium.ts";
import type { Pages } from "../support/pages.ts";
import { describeWithPython, type PythonPeer, spawnPython } from "../support/python.ts";
import { serveClient } from "./client-page.ts";

const chromium = useChromium();
const PEER = new URL("peers/lab.py", import.meta.url);

/** What peers/lab.py serves. */
interface Lab {
  level: number;
  add(a: number, b?: number): number;
  echo(value: unknown): unknown;
  kind(value: unknown): string;
  fail(): never;
  count(to: number): AsyncGenerator<number>;
  each(values: number[], tell: (value: number) => unknown): unknown[];
  keep(tell: (value: number) => unknown): void;
  tell_kept(value: number): unknown;
}

describeWithChromium("bunsen/browser, with objects of Python behind the gateway", () => {
  describeWithPython.each(["Pyro5", "Pyro4"])("%s", (pyro) => {
    let client: Pages;
    let names: RunningNameServer;
    let peer: PythonPeer;
    let daemon: Daemon;
    let uri: string;

    beforeAll(async () => {
      client = await serveClient();
      names = await startNameServer({ port: 0, broadcastPort: false, logger: SILENT });
      const { location } = names.uri;
      const port = location.kind === "tcp" ? location.port : 0;
      peer = await spawnPython(PEER, [pyro, `${port}`, "http.lab"], {
        ready: /READY/,
        readyMs: 60_000,
      });
      daemon = new Daemon({ logger: SILENT });
      const gateway = { nameServer: { host: "localhost", port }, origins: [client.origin] };
      const { url } = await daemon.listen("http://127.0.0.1:0", { gateway });
      uri = `${url.replace("http", "ws")}/http.lab`;
    });
    afterAll(async () => {
      await daemon.close();
      await peer[Symbol.asyncDispose]();
      await names[Symbol.asyncDispose]();
      await client[Symbol.asyncDispose]();
    });

    async function open() {
      const page = await chromium.open(client.origin, { hosts: [new URL(uri).host] });
      await page.waitForFunction("globalThis.kept");
      return page;
    }

    it("is called, with keyword arguments; attributes; signatures; exceptions", async () => {
      await using page = await open();
      const seen = await page.evaluate(async (it) => {
        const lab = await bunsen.connect<Lab>(it);
        await bunsen.assign(lab, { level: 2.5 });
        const failed = await lab.fail().catch((error: Error) => error);
        return {
          sums: [await lab.add(1), await lab.add(1, bunsen.kwargs({ b: 5 }))],
          level: await lab.level,
          members: [...bunsen.describe(lab).members.keys()].sort(),
          failed: [failed instanceof bunsen.RemoteError, failed.message, failed.stack],
        };
      }, uri);
      expect(seen).toEqual({
        sums: [2, 6],
        level: 2.5,
        members: ["add", "count", "each", "echo", "fail", "keep", "kind", "level", "tell_kept"],
        failed: [true, expect.stringContaining("on purpose"), expect.stringContaining("lab.py")],
      });
    });

    it("receives and answers values of every kind", async () => {
      await using page = await open();
      const seen = await page.evaluate(async (it) => {
        const lab = await bunsen.connect<Lab>(it);
        const { tuple, Tuple, Complex } = bunsen;
        const both = async (value: unknown) => [await lab.kind(value), await lab.echo(value)];
        const [setKind, set] = await both(new Set([1, 2]));
        const [tupleKind, pair] = await both(tuple(1, 2));
        const [bytesKind, bytes] = await both(Uint8Array.of(1, 2, 255));
        const [bigKind, big] = await both(2n ** 70n);
        const [complexKind, complex] = await both(new Complex(1, -2));
        const [dateKind, date] = await both(new Date(1_700_000_000_000));
        return {
          none: await both(null),
          bool: await both(true),
          float: await both(1.5),
          text: await both("aß€𝄞"),
          list: await both([1, ["a"]]),
          dict: await both({ a: { b: 1 } }),
          set: [setKind, set instanceof Set && [...set]],
          tuple: [tupleKind, pair instanceof Tuple && [...pair]],
          bytes: [bytesKind, bytes instanceof Uint8Array && [...bytes]],
          int: [bigKind, `${big}`, typeof big],
          complex: [complexKind, complex instanceof Complex && [complex.re, complex.im]],
          date: [dateKind, `${date instanceof Date ? date.toISOString() : date}`],
        };
      }, uri);
      expect(seen).toEqual({
        none: ["NoneType", null],
        bool: ["bool", true],
        float: ["float", 1.5],
        text: ["str", "aß€𝄞"],
        list: ["list", [1, ["a"]]],
        dict: ["dict", { a: { b: 1 } }],
        set: ["set", [1, 2]],
        tuple: ["tuple", [1, 2]],
        bytes: ["dict", [1, 2, 255]],
        int: ["int", `${2n ** 70n}`, "bigint"],
        complex: ["complex", [1, -2]],
        date: ["str", expect.stringContaining("2023-11-14T22:13:20")],
      });
    });

    it("streams, and calls functions of the page", async () => {
      await using page = await open();
      const seen = await page.evaluate(async (it) => {
        const lab = await bunsen.connect<Lab>(it);
        const counted: number[] = [];
        for await (const i of lab.count(100)) {
          counted.push(i);
          if (i === 50) break;
        }
        return {
          counted: counted.length,
          told: await lab.each([1, 2, 3], (value) => value * 2),
        };
      }, uri);
      expect(seen).toEqual({ counted: 51, told: [2, 4, 6] });
    });

    it("can call a function of the page for as long as there is the page", async () => {
      await using caller = await connect<Lab>(uri);
      {
        await using page = await open();
        await page.evaluate(async (it) => {
          const lab = await bunsen.connect<Lab>(it);
          await lab.keep((value) => value + 1);
        }, uri);
        expect(await caller.tell_kept(1)).toBe(2);
      }
      // Nothing of it stays registered in the gateway.
      await expect.poll(() => caller.tell_kept(1), { timeout: 30_000 }).toMatch(/unknown object/);
    });
  });
});
