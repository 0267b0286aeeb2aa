import { createHash, X509Certificate } from "node:crypto";
import { afterAll, expect, it } from "vitest";
import { Daemon, SILENT } from "../../src/index.ts";
import { testAuthority } from "../support/certificates.ts";
import { describeWithChromium, useChromium } from "../support/chromium.ts";
import { serveClient } from "./client-page.ts";
import { PageLab } from "./lab.ts";

// One certificate is trusted by this browser, as if its authority were installed; that of a stranger is not.
const authority = await testAuthority();
const stranger = await testAuthority();
afterAll(() => {
  authority[Symbol.dispose]();
  stranger[Symbol.dispose]();
});
const key = new X509Certificate(authority.server.cert).publicKey;
const pin = createHash("sha256").update(key.export({ type: "spki", format: "der" }));
const chromium = useChromium({
  args: [`--ignore-certificate-errors-spki-list=${pin.digest("base64")}`],
});

async function serve(origin: string, { server }: typeof authority) {
  const daemon = new Daemon({ logger: SILENT });
  daemon.register("lab", new PageLab());
  const { url } = await daemon.listen("https://localhost:0", {
    tls: server,
    gateway: { origins: [origin] },
  });
  const uri = `${url.replace("https", "wss")}/lab`;
  return { uri, host: new URL(url).host, [Symbol.asyncDispose]: () => daemon.close() };
}

describeWithChromium("bunsen/browser over TLS", () => {
  it("calls by wss://, from a page of https://", async () => {
    await using client = await serveClient(authority.server);
    await using served = await serve(client.origin, authority);
    await using page = await chromium.open(client.origin, { hosts: [served.host] });
    await page.waitForFunction("globalThis.kept");
    const sum = await page.evaluate(async (uri) => {
      const lab = await bunsen.connect<PageLab>(uri);
      return await lab.add(1, 2);
    }, served.uri);
    expect(sum).toBe(3);
  });

  it("does not talk to a gateway with a certificate that the browser does not trust", async () => {
    await using client = await serveClient(authority.server);
    await using served = await serve(client.origin, stranger);
    await using page = await chromium.open(client.origin, {
      hosts: [served.host],
      expected: [/ERR_CERT_AUTHORITY_INVALID/],
    });
    await page.waitForFunction("globalThis.kept");
    const code = await page.evaluate(
      (uri) => bunsen.connect(uri).catch((error) => error.code),
      served.uri,
    );
    expect(code).toBe("ERR_CONNECT");
  });
});
