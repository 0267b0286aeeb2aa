import http from "node:http";
import { expect, it } from "vitest";
import { putBrowserBundle } from "../../scripts/browser-bundle.ts";
import { interrupt, printed, serve } from "../cli/bunsen.ts";
import { describeWithChromium, useChromium } from "../support/chromium.ts";
import { codeBlocks } from "../support/docs.ts";

const chromium = useChromium();
const html = codeBlocks("docs/browser.md").find(({ language }) => language === "html");

/** What `python3 -m http.server` does for one file. */
async function server(page: () => string): Promise<{ url: string } & AsyncDisposable> {
  const it = http.createServer((request, response) => {
    // Chromium asks for an icon, and says so in its console where there is none.
    const isPage = request.url === "/lab.html";
    response.writeHead(isPage ? 200 : 204, { "Content-Type": "text/html; charset=utf-8" });
    response.end(isPage ? page() : undefined);
  });
  await new Promise<void>((resolve) => it.listen(0, "localhost", resolve));
  return {
    url: `http://localhost:${(it.address() as { port: number }).port}`,
    async [Symbol.asyncDispose]() {
      it.closeAllConnections();
      await new Promise((resolve) => it.close(resolve));
    },
  };
}

describeWithChromium("the page of docs/browser.md", () => {
  it("shows the thermostat as it changes, sets it, and says what is wrong", async () => {
    await putBrowserBundle();
    let gateway = "";
    await using pages = await server(() => {
      const page = html?.code ?? "";
      expect(page).toContain("localhost:8080");
      return page.replaceAll("localhost:8080", gateway);
    });
    const args = ["demo", "--port", "0", "--gateway-port", "0", "--origin", pages.url];
    await using demo = await serve(args, /^ +http:\/\/(localhost:\d+)\/$/);
    gateway = printed(demo);
    await using page = await chromium.open(`${pages.url}/lab.html`, {
      hosts: [gateway],
      // The gateway is closed at the end.
      expected: [/WebSocket connection to .* failed/],
    });
    const celsius = page.locator("#celsius");
    await expect.poll(() => celsius.textContent(), { timeout: 40_000 }).toMatch(/^2\d\.\d\d$/);
    await page.getByLabel("Setpoint").fill("60");
    await page.getByRole("button", { name: "Set" }).click();
    await expect
      .poll(async () => Number(await celsius.textContent()), { timeout: 40_000 })
      .toBeGreaterThan(23);
    await page.getByLabel("Setpoint").fill("1000");
    await page.getByRole("button", { name: "Set" }).click();
    await page.getByText("setpoint must be -40 to 150 degC, got 1000").waitFor();
    await interrupt(demo);
    await expect.poll(() => celsius.textContent(), { timeout: 40_000 }).toBe("–");
  });
});
