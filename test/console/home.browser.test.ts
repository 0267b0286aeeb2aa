import { expect, it } from "vitest";
import {
  Daemon,
  type ListenOptions,
  locateNameServer,
  SILENT,
  startNameServer,
} from "../../src/index.ts";
import { printed, serve } from "../cli/bunsen.ts";
import { PlainLab } from "../gateway/plain-lab.ts";
import { axe, describeWithChromium, useChromium } from "../support/chromium.ts";
import { useConsole } from "../support/console.ts";

const chromium = useChromium();
useConsole();

/** What a browser writes to its console when a server does not let it in, or is not there. */
const REFUSED = [/WebSocket connection to/, /Failed to load resource/];

/** A gateway with two objects of its own, and a name server with some, of which one is gone. */
async function startLab(options: ListenOptions["gateway"] = {}, more = 0) {
  const names = await startNameServer({ port: 0, broadcastPort: false, logger: SILENT });
  const { location } = names.uri;
  const where = { host: "127.0.0.1", port: location.kind === "tcp" ? location.port : 0 };
  const bench = new Daemon({ logger: SILENT });
  bench.register("laser", new PlainLab());
  await bench.listen("pyro://127.0.0.1:0");
  await bench.announce("laser", "lab.laser", { ...where, metadata: ["optics"] });
  await using client = await locateNameServer(where);
  await client.register("lab.lost", "PYRO:lost@127.0.0.1:9");
  await client.register("hidden", bench.uriFor("laser"));
  const at = bench.uriFor("laser");
  for (let i = 0; i < more; i++) await client.register(`lab.more.${i}`, at);
  const daemon = new Daemon({ logger: SILENT });
  daemon.register("lab.camera", new PlainLab());
  daemon.register("lab.stage", new PlainLab());
  const gateway = { expose: "lab\\.", nameServer: where, ...options };
  const listener = await daemon.listen("http://localhost:0", { gateway });
  return {
    bench,
    daemon,
    url: listener.url,
    close: () => listener.close(),
    again: () => daemon.listen(listener.url, { gateway }),
    async [Symbol.asyncDispose]() {
      await daemon.close();
      await bench.close();
      await names.close();
    },
  };
}

describeWithChromium("the home page", () => {
  it("is the tree of the lab: what there is, where, and whether it answers", async () => {
    await using lab = await startLab();
    await using page = await chromium.open(lab.url);
    const row = (name: string) => page.locator(".row").filter({ hasText: name });
    await row("This gateway").getByText(new URL(lab.url).host, { exact: true }).waitFor();
    await row("lab.laser").getByText("answers since").waitFor();
    await row("lab.laser").getByText("optics").waitFor();
    await row("lab.camera").getByText("answers since").waitFor();
    await row("lab.lost").getByText("never answered").waitFor();
    await row("Daemon 127.0.0.1:9").getByText("nothing listens there").waitFor();
    await page.getByText("1 more name is not exposed by this gateway").click();
    await page.getByText("bunsen gateway --expose REGEX").waitFor();
    expect(await page.getByText("hidden", { exact: true }).count()).toBe(0);
    await page.getByText("4 objects · 1 does not answer").waitFor();
    expect(await axe(page)).toEqual([]);
  });

  it("changes while one looks", async () => {
    await using lab = await startLab();
    await using page = await chromium.open(lab.url);
    await page.getByRole("link", { name: "lab.laser" }).waitFor();
    lab.daemon.register("lab.new", new PlainLab());
    await page.getByRole("link", { name: "lab.new" }).waitFor();
    await lab.bench.close();
    await page.getByRole("link", { name: "lab.laser" }).waitFor({ state: "detached" });
  });

  it("is searched while one types, and a link keeps what was searched for", async () => {
    await using lab = await startLab();
    await using page = await chromium.open(lab.url);
    await page.getByRole("link", { name: "lab.laser" }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("OPTICS");
    await page.getByText("1 of 4 objects").waitFor();
    expect(await page.locator("a[data-row]").allTextContents()).toEqual(["lab.laser"]);
    expect(page.url()).toBe(`${lab.url}/#/?q=OPTICS`);
    await page.keyboard.press("Escape");
    await page.getByText("4 objects", { exact: false }).waitFor();
    await page.getByRole("link", { name: "lab.camera" }).waitFor();
    await using other = await chromium.open(`${lab.url}/#/?q=nothing+like+it`);
    await other.getByText("Nothing here has all of").waitFor();
    expect(await other.getByRole("searchbox").inputValue()).toBe("nothing like it");
  });

  it("is walked through with the keyboard", async () => {
    await using lab = await startLab();
    await using page = await chromium.open(lab.url);
    await page.getByRole("link", { name: "lab.laser" }).waitFor();
    const focused = () => page.evaluate("document.activeElement.textContent.trim()");
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Skip to the content");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    // First the link of those that do not answer, where it is there already.
    while ((await focused()) !== "This gateway") await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowDown");
    expect(await focused()).toBe("lab.camera");
    await page.keyboard.press("ArrowLeft");
    expect(await focused()).toBe("This gateway");
    await page.keyboard.press("ArrowLeft");
    await page.getByRole("link", { name: "lab.camera" }).waitFor({ state: "detached" });
    await page.keyboard.press("ArrowDown");
    expect(await focused()).toBe("Name server");
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowRight");
    await page.getByRole("link", { name: "lab.camera" }).waitFor();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "lab.camera" }).waitFor();
    expect(page.url()).toBe(`${lab.url}/#/object/lab.camera`);
    await page.keyboard.press("/");
    await page.keyboard.press("ArrowDown"); // No tree here to go to.
    expect(await page.evaluate("document.activeElement.name")).toBe("q");
    // Back where one was, folded as it was left.
    await page.goBack();
    await page.getByRole("button", { name: "This gateway", expanded: true }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("laser");
    await page.getByRole("link", { name: "lab.camera" }).waitFor({ state: "detached" });
    await page.keyboard.press("ArrowDown");
    expect(await focused()).toBe("lab.laser");
  });

  it("looks lost at once when the gateway is gone, says since when, and comes back", async () => {
    await using lab = await startLab();
    await using page = await chromium.open(lab.url, { expected: REFUSED });
    await page.locator(".reach.answers").first().waitFor();
    await lab.close();
    await page
      .getByRole("alert")
      .getByText(/No connection since \d\d:\d\d:\d\d/)
      .waitFor();
    await page.getByText("not known since").first().waitFor();
    expect(await page.locator(".reach.answers, .reach.silent").count()).toBe(0);
    expect(await page.locator(".row").filter({ hasText: "lab.camera" }).count()).toBe(1);
    const filter = await page.evaluate('getComputedStyle(document.querySelector("main")).filter');
    expect(filter).toBe("grayscale(1)");
    expect(await axe(page)).toEqual([]);
    await lab.again();
    await page.getByRole("alert").waitFor({ state: "detached" });
    await page.locator(".reach.answers").first().waitFor();
  });

  it("looks lost, too, when the gateway says nothing any more", async () => {
    await using gateway = await serve(["gateway", "-p", "0", "--ns", "127.0.0.1:9"], /^(http\S+)/);
    await using page = await chromium.open(printed(gateway), { expected: REFUSED });
    await page.getByText("answers since").first().waitFor();
    gateway.kill("SIGSTOP");
    try {
      await page.getByRole("alert").getByText("the gateway is silent").waitFor();
      expect(await page.locator(".reach.answers").count()).toBe(0);
    } finally {
      gateway.kill("SIGCONT");
    }
    await page.getByRole("alert").waitFor({ state: "detached" });
    await page.getByText("answers since").first().waitFor();
  });

  it("says why it is not let in", async () => {
    await using lab = await startLab();
    lab.daemon.validateHandshake(() => {
      throw new Error("members of the lab only");
    });
    await using page = await chromium.open(lab.url);
    await page.getByRole("alert").getByText("members of the lab only").waitFor();
  });

  it("asks for the key that a gateway wants, and forgets it with its tab", async () => {
    await using lab = await startLab({ keys: ["open sesame"] });
    await using page = await chromium.open(lab.url, { expected: REFUSED });
    const key = page.getByLabel("This gateway asks for a key.");
    await key.waitFor();
    await page.keyboard.type("wrong"); // the focus is there already
    await page.getByRole("button", { name: "Unlock" }).click();
    await page.getByText("It knows no such key.").waitFor();
    expect(await axe(page)).toEqual([]);
    await key.fill("open sesame");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "lab.camera" }).waitFor();
    await page.reload();
    await page.getByRole("link", { name: "lab.camera" }).waitFor();
    expect(page.url()).not.toContain("sesame");
    expect(await page.evaluate("JSON.stringify(localStorage)")).not.toContain("sesame");
  });

  it("says what to do where there is nothing", async () => {
    await using daemon = new Daemon({ logger: SILENT });
    const { url } = await daemon.listen("http://localhost:0");
    await using page = await chromium.open(url);
    await page.getByRole("heading", { name: "Nothing can be called here yet" }).waitFor();
    expect(await axe(page)).toEqual([]);
  });

  it.each([
    ["light, on a telephone", { width: 360, height: 740 }, "light"],
    ["dark", { width: 1280, height: 800 }, "dark"],
    ["dark, on a telephone", { width: 360, height: 740 }, "dark"],
  ] as const)("can be read when it is %s", async (_, size, colorScheme) => {
    await using lab = await startLab();
    await using page = await chromium.open(lab.url, { ...size, colorScheme });
    await page.locator(".reach.silent").first().waitFor();
    expect(await axe(page)).toEqual([]);
    const [wide, view] = (await page.evaluate(
      "[document.documentElement.scrollWidth, innerWidth]",
    )) as [number, number];
    expect(wide).toBeLessThanOrEqual(view);
  });

  it("is as dark or light as one wants, also the next time", async () => {
    await using lab = await startLab();
    await using page = await chromium.open(lab.url, { colorScheme: "dark" });
    // The ground, and what the browser draws itself: fields, bars to scroll.
    const looks = () =>
      page.evaluate<string[]>(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).colorScheme]",
      );
    const dark = ["rgb(17, 22, 27)", "dark"];
    const light = ["rgb(246, 247, 248)", "light"];
    expect(await looks()).toEqual([dark[0], "light dark"]);
    await page.getByRole("button", { name: "Colours: auto" }).click();
    expect(await looks()).toEqual(light);
    await page.getByRole("button", { name: "Colours: light" }).click();
    expect(await looks()).toEqual(dark);
    await page.reload();
    await page.getByRole("button", { name: "Colours: dark" }).waitFor();
    expect(await looks()).toEqual(dark);
    await page.emulateMedia({ colorScheme: "light" });
    expect(await looks()).toEqual(dark);
    await page.getByRole("button", { name: "Colours: dark" }).click();
    expect((await looks())[0]).toBe(light[0]);
  });

  it("shows a lab of a thousand names in parts, and finds each of them", async () => {
    await using lab = await startLab({}, 1_000);
    await using page = await chromium.open(lab.url);
    await page.getByText("1004 objects").waitFor();
    await page.getByRole("button", { name: "Show 400 of 901 more" }).waitFor();
    expect(await page.locator("a[data-row]").count()).toBeLessThan(200);
    await page.getByRole("searchbox").fill("more.987");
    await page.getByRole("link", { name: "lab.more.987" }).waitFor();
    expect(await page.locator("a[data-row]").count()).toBe(1);
  });
});
