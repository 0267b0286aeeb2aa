import { expect, it } from "vitest";
import { Daemon, type ListenOptions, SILENT } from "../../src/index.ts";
import { describeWithChromium, useChromium } from "../support/chromium.ts";
import { checkLeaks } from "../support/leaks.ts";
import { servePages } from "../support/pages.ts";
import { PageLab } from "./lab.ts";

const chromium = useChromium();

async function serve(gateway: ListenOptions["gateway"] = {}) {
  const daemon = new Daemon({ logger: SILENT });
  const lab = new PageLab();
  daemon.register("lab", lab);
  const { url } = await daemon.listen("http://127.0.0.1:0", { gateway });
  const { host } = new URL(url);
  return { lab, url, host, [Symbol.asyncDispose]: () => daemon.close() };
}

describeWithChromium("a page that has HTTP alone", () => {
  checkLeaks();

  it("calls with fetch, and reads a stream with EventSource to its end, once", async () => {
    await using pages = await servePages({ "/": "<h1>A page</h1>" });
    await using served = await serve({ origins: [pages.origin] });
    await using page = await chromium.open(pages.origin, { hosts: [served.host] });
    const seen = await page.evaluate(async (url) => {
      const posted = await fetch(`${url}/pyro/lab/add`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ args: [1, 2] }),
      });
      const { EventSource } = globalThis as unknown as {
        EventSource: new (url: string) => EventTarget & { readyState: number };
      };
      const items: unknown[] = [];
      const source = new EventSource(`${url}/pyro/lab/count?to=3`);
      source.addEventListener("message", (event) =>
        items.push(JSON.parse((event as MessageEvent).data)),
      );
      // It tries again by itself, and is closed when it is told not to.
      await new Promise<void>((resolve) => {
        source.addEventListener("error", () => source.readyState === 2 && resolve());
      });
      return { sum: await posted.json(), items };
    }, served.url);
    expect(seen).toEqual({ sum: 3, items: [0, 1, 2] });
  });

  it("is refused where its origin is not one of `origins`", async () => {
    await using pages = await servePages({ "/": "<h1>A page</h1>" });
    await using served = await serve();
    await using page = await chromium.open(pages.origin, {
      hosts: [served.host],
      expected: [/blocked by CORS policy|ERR_FAILED|403/],
    });
    const call = (path: string) =>
      page.evaluate(
        (url) => fetch(url, { method: "POST" }).then(String, (error: Error) => error.name),
        `${served.url}/pyro/lab/${path}`,
      );
    expect(await call("note")).toBe("TypeError");
    // What a page need not ask leave for is refused as well, not only kept from it.
    expect(served.lab.told).toBe(0);
  });
});
