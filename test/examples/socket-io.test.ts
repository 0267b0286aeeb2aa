import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { offer, servePage } from "../../examples/socket-io/server.ts";
import { SILENT, startNameServer } from "../../src/index.ts";
import { serve } from "../cli/bunsen.ts";
import { describeWithChromium, useChromium } from "../support/chromium.ts";
import { freePort } from "../support/ports.ts";
import { itWithPython, spawnPython } from "../support/python.ts";

describeWithChromium("examples/socket-io: the page of pyro_support's guide", () => {
  const chromium = useChromium();

  /** What the page has on its console: two lines. */
  async function printedBy(pages: Server, gateway: number): Promise<string[]> {
    const address = addressOf(pages);
    const hosts = [address, `localhost:${gateway}`];
    await using page = await chromium.open("about:blank", { hosts });
    const lines: string[] = [];
    page.on("console", (message) => lines.push(message.text()));
    await page.goto(`http://${address}/`);
    await expect.poll(() => lines.length, { timeout: 30_000 }).toBe(2);
    return lines;
  }

  it("calls an object in TypeScript", async () => {
    const gateway = await freePort();
    await using pages = await servePage(0, gateway);
    await using _daemon = await offer(gateway, `http://${addressOf(pages)}`);
    expect(await printedBy(pages, gateway)).toEqual(["4", "success"]);
  });

  itWithPython("calls an object of Pyro4, with bunsen gateway in front of it", async () => {
    await using names = await startNameServer({ port: 0, broadcastPort: false, logger: SILENT });
    const { location } = names.uri;
    const port = location.kind === "tcp" ? location.port : 0;
    const server = new URL("../../examples/tunnels/basic_server.py", import.meta.url);
    await using _server = await spawnPython(server, [`${port}`], { ready: /^ready/ });
    const gateway = await freePort();
    await using pages = await servePage(0, gateway);
    const args = ["-p", `${gateway}`, "--ns", `localhost:${port}`, "--expose", "BasicServer$"];
    const page = ["--root", "BasicServer", "--socket-io", "--origin", `http://${addressOf(pages)}`];
    await using _gateway = await serve(["gateway", ...args, ...page], /^(http:.*)$/);
    expect(await printedBy(pages, gateway)).toEqual(["4", "success"]);
  });
});

function addressOf(server: Server): string {
  return `localhost:${(server.address() as AddressInfo).port}`;
}
