import { expect } from "vitest";
import { EchoServer } from "../../src/cli/echo-server.ts";
import { Daemon, SILENT, startNameServer } from "../../src/index.ts";
import { describeWithChromium, useChromium } from "../support/chromium.ts";
import { freePort } from "../support/ports.ts";
import { startProcess } from "../support/process.ts";
import { itWithPython, python } from "../support/python.ts";

const chromium = useChromium();
const EXPOSE = "Pyro\\.NameServer|test\\.";

describeWithChromium("the web page of Pyro5's gateway", () => {
  itWithPython("has every one of its links answered by ours, as by its own", async () => {
    await using names = await startNameServer({ port: 0, broadcastPort: false, logger: SILENT });
    const { location } = names.uri;
    const nameServer = { host: "localhost", port: location.kind === "tcp" ? location.port : 0 };
    await using daemon = new Daemon({ logger: SILENT });
    daemon.register("test.echoserver", new EchoServer(async () => {}));
    await daemon.listen("pyro://localhost:0");
    await daemon.announce("test.echoserver", "test.echoserver", nameServer);

    const port = await freePort();
    const args = ["-m", "Pyro5.utils.httpgateway", "-p", `${port}`, "-e", EXPOSE];
    await using _theirs = await startProcess(python ?? "python3", ["-u", "-W", "ignore", ...args], {
      env: { PYRO_NS_PORT: `${nameServer.port}` },
      ready: /Pyro HTTP gateway running/,
    });
    await using front = new Daemon({ logger: SILENT });
    const ours = await front.listen("http://localhost:0", {
      gateway: { expose: EXPOSE, nameServer },
    });
    const theirs = `http://localhost:${port}`;
    // Its picture comes from another host.
    const html = (await (await fetch(`${theirs}/pyro/`)).text()).replace(/<img[^>]*>/g, "");

    /** What the page shows for each of its links, where a gateway answers them. */
    const shown = async (gateway: string) => {
      await using page = await chromium.open("about:blank", {
        hosts: [new URL(gateway).host],
        // An error that a gateway answers with, and the text that the page throws then, which has no stack.
        expected: [/500/, /^$/],
      });
      await page.route(`${gateway}/pyro/`, (route) =>
        route.fulfill({ body: html, contentType: "text/html" }),
      );
      await page.goto(`${gateway}/pyro/`);
      const answers: string[] = [];
      for (const link of await page.locator("a[onclick]").all()) {
        await page.evaluate(`document.getElementById("pyro_response").textContent = ""`);
        await link.click();
        const response = async () => (await page.locator("#pyro_response").textContent()) ?? "";
        await expect.poll(response, { timeout: 30_000 }).not.toBe("");
        answers.push(comparable(await response()));
      }
      return answers;
    };
    const ourAnswers = await shown(ours.url);
    expect(ourAnswers.length).toBeGreaterThan(8);
    expect(ourAnswers).toEqual(await shown(theirs));
  });
});

/** Without what tells where an exception came from, and in what order members are listed. */
function comparable(text: string): string {
  const [, error] = /^SERVER ERROR (\d+)/.exec(text) ?? [];
  if (error !== undefined) return `${error} ${/"__class__": "[^"]*"/.exec(text)?.[0]}`;
  const value = JSON.parse(text) as { methods?: string[]; attributes?: string[] };
  if (value?.methods === undefined) return text;
  return JSON.stringify([value.methods.sort(), value.attributes?.sort()]);
}
