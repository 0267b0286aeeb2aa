import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { putBrowserBundle } from "../../scripts/browser-bundle.ts";
import { ClientFile } from "../../src/gateway/client-file.ts";
import { Daemon } from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";

const folder = mkdtempSync(join(tmpdir(), "bunsen-client-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the client for pages", () => {
  const file = join(folder, "browser.js");
  const client = new ClientFile([new URL("nowhere.js", import.meta.url), pathToFileURL(file)]);
  let server: http.Server;
  let url: string;
  beforeAll(async () => {
    server = http.createServer((request, response) => {
      void client.send(request, response, ["X-Test", "there"]);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  /** Without what `fetch` does by itself. */
  const get = (headers: http.OutgoingHttpHeaders = {}) =>
    new Promise<{ status: number; headers: http.IncomingHttpHeaders; body: Buffer }>(
      (resolve, reject) => {
        http
          .get(url, { headers }, async (response) => {
            const body = Buffer.concat(await response.toArray());
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
          })
          .on("error", reject);
      },
    );

  it("is not there before it is built, and says how", async () => {
    const { status, body } = await get();
    expect(status).toBe(404);
    expect(body.toString()).toContain("npm run build");
  });

  it("is sent as a module, compressed where that is understood", async () => {
    writeFileSync(file, "export const x = 1;");
    const plain = await get();
    expect(plain).toMatchObject({
      status: 200,
      headers: {
        "content-type": "text/javascript; charset=utf-8",
        "cache-control": "no-cache",
        "x-content-type-options": "nosniff",
        "x-test": "there",
      },
    });
    expect(plain.body.toString()).toBe("export const x = 1;");
    const packed = await get({ "Accept-Encoding": "br, gzip" });
    expect(packed.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(packed.body).toString()).toBe("export const x = 1;");
  });

  it("is sent again only when it has changed", async () => {
    const { etag } = (await get()).headers;
    const asked = { "If-None-Match": `${etag}` };
    expect(await get(asked)).toMatchObject({ status: 304, body: Buffer.alloc(0) });
    writeFileSync(file, "export const y = 22;");
    const { status, body } = await get(asked);
    expect(status).toBe(200);
    expect(body.toString()).toBe("export const y = 22;");
  });
});

describe("a gateway", () => {
  it("has it at /bunsen.js, for everybody who may come, and without a key", async () => {
    await putBrowserBundle();
    await using daemon = new Daemon({ logger: SILENT });
    const origins = ["http://lab.example"];
    const gateway = { keys: ["secret"], origins };
    const { url } = await daemon.listen("http://127.0.0.1:0", { gateway });
    const answer = await fetch(`${url}/bunsen.js`, { headers: { Origin: "http://lab.example" } });
    expect(answer.headers.get("access-control-allow-origin")).toBe("http://lab.example");
    expect(await answer.text()).toMatch(/export ?\{.*\bconnect\b/s);
    const strange = await fetch(`${url}/bunsen.js`, { headers: { Origin: "http://evil.example" } });
    expect(strange.status).toBe(403);
  });
});
