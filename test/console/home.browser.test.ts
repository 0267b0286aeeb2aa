import { expect, it } from "vitest";
import { Daemon, SILENT } from "../../src/index.ts";
import { PlainLab } from "../gateway/plain-lab.ts";
import { describeWithChromium, useChromium } from "../support/chromium.ts";
import { useConsole } from "../support/console.ts";

const chromium = useChromium();
useConsole();

describeWithChromium("the home page", () => {
  it("lists what the gateway offers, and leads to its pages", async () => {
    await using daemon = new Daemon({ logger: SILENT });
    daemon.register("lab.plain", new PlainLab());
    const { url } = await daemon.listen("http://localhost:0");
    await using page = await chromium.open(url);
    await page.getByRole("link", { name: "lab.plain" }).click();
    await page.getByRole("heading", { name: "lab.plain" }).waitFor();
    await page.getByText("add(a, b)").waitFor();
    expect(page.url()).toBe(`${url}/#/object/lab.plain`);
  });
});
