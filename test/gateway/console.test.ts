import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildConsole } from "../../scripts/console-build.ts";
import { Daemon, type ListenOptions, SILENT } from "../../src/index.ts";
import { useConsole } from "../support/console.ts";
import { root } from "../support/docs.ts";
import { checkLeaks } from "../support/leaks.ts";
import { PlainLab } from "./plain-lab.ts";

checkLeaks();
useConsole();

async function serve(gateway: ListenOptions["gateway"] = {}) {
  const daemon = new Daemon({ logger: SILENT });
  daemon.register("lab", new PlainLab());
  const { url } = await daemon.listen("http://localhost:0", { gateway });
  return { url, [Symbol.asyncDispose]: () => daemon.close() };
}

/** As browsers send it: `fetch` of Node sets headers of its own. */
function ask(
  url: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest(url, { method, headers, agent: false }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      const { statusCode: status = 0, headers } = response;
      resolve({ status, headers, body: Buffer.concat(chunks) });
    });
    asked.on("error", reject);
    asked.end();
  });
}

/** The paths of what a page loads. */
function assetsOf(page: string): string[] {
  return [...page.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, path = ""]) => path);
}

describe("the console of a gateway", () => {
  it("is a page that is asked for anew each time, and loads what never changes", async () => {
    await using served = await serve();
    const page = await ask(`${served.url}/`);
    expect(page.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-cache",
    });
    const assets = assetsOf(page.body.toString());
    expect(assets.length).toBeGreaterThanOrEqual(2);
    for (const path of assets) {
      expect((await ask(`${served.url}/${path}`)).headers).toMatchObject({
        "content-type": expect.stringMatching(/^text\/(javascript|css); charset=utf-8$/),
        "cache-control": "public, max-age=31536000, immutable",
      });
    }
  });

  it("is not sent again to who has it", async () => {
    await using served = await serve();
    const { headers } = await ask(`${served.url}/`);
    const again = await ask(`${served.url}/`, { "If-None-Match": String(headers["etag"]) });
    expect([again.status, again.body.byteLength]).toEqual([304, 0]);
    const other = await ask(`${served.url}/`, { "If-None-Match": '"other"' });
    expect(other.status).toBe(200);
  });

  it.each([
    ["gzip", "gzip"],
    ["gzip, deflate, br", "br"],
    ["br;q=0, gzip;q=0.5", "gzip"],
    ["identity", undefined],
    ["", undefined],
  ])("is compressed for who accepts %j", async (accepted, encoding) => {
    await using served = await serve();
    const plain = await ask(`${served.url}/`);
    const answer = await ask(`${served.url}/`, { "Accept-Encoding": accepted });
    expect(answer.headers["content-encoding"]).toBe(encoding);
    expect(answer.headers["vary"]).toBe("Accept-Encoding");
    expect(answer.headers["etag"]).toBe(plain.headers["etag"]);
    if (encoding === "gzip") expect(gunzipSync(answer.body)).toEqual(plain.body);
    if (encoding === undefined) expect(answer.body).toEqual(plain.body);
  });

  it("runs no script but its own, and asks no other host", async () => {
    await using served = await serve();
    const policy = String((await ask(`${served.url}/`)).headers["content-security-policy"]);
    const { host } = new URL(served.url);
    expect(policy.split("; ")).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      `connect-src 'self' ws://${host} wss://${host}`,
      "img-src 'self' blob: data:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
    const odd = await ask(`${served.url}/`, { Host: "127.0.0.1;script-src *" });
    expect(String(odd.headers["content-security-policy"] ?? "")).not.toContain("script-src *");
  });

  it("is shown to who follows a link from elsewhere, and to no frame or script of theirs", async () => {
    await using served = await serve();
    const site = { "Sec-Fetch-Site": "cross-site" };
    const from = (dest: string) => ask(`${served.url}/`, { ...site, "Sec-Fetch-Dest": dest });
    expect((await from("document")).status).toBe(200);
    expect((await from("iframe")).status).toBe(403);
    expect((await from("script")).status).toBe(403);
    const call = { ...site, "Sec-Fetch-Dest": "document" };
    expect((await ask(`${served.url}/pyro/lab/add?a=1&b=2`, call)).status).toBe(403);
    expect((await ask(`${served.url}/`, { Host: "evil.example" })).status).toBe(421);
  });

  it("holds nothing of the lab, and so is shown without the key", async () => {
    await using served = await serve({ keys: ["k"] });
    const page = await ask(`${served.url}/`);
    expect(page.status).toBe(200);
    expect(page.body.toString()).not.toContain("lab");
  });

  it("leaves to Pyro what is Pyro's", async () => {
    await using served = await serve();
    const plain = await ask(`${served.url}/pyro/`);
    expect(plain.body.toString()).toContain('<a href="/pyro/lab/$meta">');
    expect((await ask(`${served.url}/`, {}, "POST")).body.toString()).toContain("/pyro/lab/$meta");
    expect((await ask(`${served.url}/assets/`)).status).toBe(404);
    expect((await ask(`${served.url}/..%2f..%2fpackage.json`)).status).toBe(404);
    expect((await ask(`${served.url}/inputs.json`)).status).toBe(404);
  });

  it("can be switched off", async () => {
    await using served = await serve({ console: false });
    expect((await ask(`${served.url}/`)).body.toString()).toContain("/pyro/lab/$meta");
    const [path] = readdirSync(join(root, "dist/console/assets"));
    expect((await ask(`${served.url}/assets/${path}`)).status).toBe(404);
  });
});

describe("the build of the console", () => {
  const folder = mkdtempSync(join(tmpdir(), "bunsen-console-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeAll(async () => void (await buildConsole(folder)), 120_000);

  it("is small: a gateway in a lab may be a small machine, behind a slow line", () => {
    const first = assetsOf(readFileSync(join(folder, "index.html"), "utf8"));
    const all = readdirSync(join(folder, "assets")).map((name) => `assets/${name}`);
    const gzipped = (paths: readonly string[], suffix: string) =>
      paths
        .filter((path) => path.endsWith(suffix))
        .reduce((sum, path) => sum + statSync(join(folder, `${path}.gz`)).size, 0);
    // What uPlot calls the layer for the pointer.
    const plots = (path: string) =>
      path.endsWith(".js") && /["'`]u-over["'`]/.test(readFileSync(join(folder, path), "utf8"));
    // The tree of the lab; and all pages, without what draws plots.
    expect(gzipped(first, ".js")).toBeLessThan(60_000);
    expect(all.filter(plots).length).toBe(1);
    expect(
      gzipped(
        all.filter((path) => !plots(path)),
        ".js",
      ),
    ).toBeLessThan(100_000);
    expect(gzipped(all, ".css")).toBeLessThan(15_000);
  });

  it("names the packages that are in it, with their licences", () => {
    expect(readFileSync(join(folder, "licenses.md"), "utf8")).toContain("preact");
  });

  it("loads all it needs from its own files", () => {
    const page = readFileSync(join(folder, "index.html"), "utf8");
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
    for (const path of assetsOf(page)) expect(statSync(join(folder, path)).isFile()).toBe(true);
  });

  it("is not made again from the same sources", async () => {
    expect(await buildConsole(folder)).toBe(false);
  });

  it("leaves nothing behind that the last one needed", async () => {
    const before = readdirSync(folder, { recursive: true }).sort();
    rmSync(join(folder, "index.html"));
    expect(await buildConsole(folder)).toBe(true);
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(before);
  });
});
