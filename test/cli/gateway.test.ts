import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { io } from "socket.io-client";
import { afterAll, describe, expect, it } from "vitest";
import { buildConsole } from "../../scripts/console-build.ts";
import { Echo } from "../../src/cli/demo/echo.ts";
import { Daemon, SILENT, startNameServer } from "../../src/index.ts";
import { StockManager } from "../msl/stock.ts";
import { itWithPython } from "../support/python.ts";
import { interrupt, printed, run, serve } from "./bunsen.ts";

const folder = mkdtempSync(join(tmpdir(), "bunsen-gateway-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const URL_LINE = /^(http:\/\/127\.0\.0\.1:\d+\/|http:\/\/localhost:\d+\/)$/;

/** A name server with `http.echo` and `lab.echo`. */
async function lab() {
  const names = await startNameServer({ port: 0, broadcastPort: false, logger: SILENT });
  const { location } = names.uri;
  const port = location.kind === "tcp" ? location.port : 0;
  const daemon = new Daemon({ logger: SILENT });
  for (const name of ["http.echo", "lab.echo"]) daemon.register(name, new Echo());
  await daemon.listen("pyro://localhost:0");
  for (const name of daemon.objects) await daemon.announce(name, name, { host: "localhost", port });
  return {
    at: `localhost:${port}`,
    uri: daemon.uriFor("lab.echo"),
    async [Symbol.asyncDispose]() {
      await daemon.close();
      await names.close();
    },
  };
}

describe("bunsen gateway", () => {
  it("exposes what is called http., as Pyro's; prints its URL, and ends on Ctrl-C", async () => {
    await using there = await lab();
    await using gateway = await serve(["gateway", "-p", "0", "--ns", there.at], URL_LINE);
    const url = printed(gateway);
    expect(await (await fetch(`${url}pyro/http.echo/echo?value=1`)).json()).toBe("1");
    expect((await fetch(`${url}pyro/lab.echo/echo?value=1`)).status).toBe(403);
    expect(await (await fetch(`${url}pyro/`)).text()).toContain("http.echo");
    expect(gateway.stderr).toContain("Exposing objects with names matching: http\\.");
    const { exit, ms } = await interrupt(gateway);
    expect(exit.code).toBe(0);
    expect(ms).toBeLessThan(2000);
  });

  it("exposes what it is told, and takes the objects of any URI", async () => {
    await using there = await lab();
    const options = ["--expose", "lab\\.|mine", "--adopt", `mine=${there.uri}`, "--json"];
    const args = ["gateway", "-p", "0", "--ns", there.at, ...options];
    await using gateway = await serve(args, /^(\{.*\})$/);
    const { url } = JSON.parse(printed(gateway)) as { url: string };
    for (const name of ["lab.echo", "mine"]) {
      expect(await (await fetch(`${url}pyro/${name}/echo?value=1`)).json()).toBe("1");
    }
  });

  it("serves the console, or does not", async () => {
    await buildConsole();
    await using there = await lab();
    const args = ["gateway", "-p", "0", "--ns", there.at];
    await using gateway = await serve(args, URL_LINE);
    expect(await (await fetch(printed(gateway))).text()).toContain('<div id="app">');
    await using plain = await serve([...args, "--no-console"], URL_LINE);
    expect(await (await fetch(printed(plain))).text()).toContain("/pyro/http.echo/$meta");
  }, 120_000);

  itWithPython("reaches the services of a manager of MSL-Network", async () => {
    await using there = await lab();
    await using manager = await StockManager.start();
    await using _service = await manager.service();
    const reach = ["--manager", manager.url, "--disable-manager-tls", "--expose", "Calc"];
    const args = ["gateway", "-p", "0", "--ns", there.at, ...reach];
    await using gateway = await serve(args, URL_LINE);
    const headers = { "Content-Type": "application/json" };
    const post = { method: "POST", headers, body: '{"args": [3], "kwargs": {"n": 3}}' };
    const power = async () => {
      const answer = await fetch(`${printed(gateway)}pyro/Calc/power`, post);
      return await answer.json();
    };
    // The service tells nobody when it has joined its manager.
    await expect.poll(power, { timeout: 20_000 }).toBe(27);
  });

  it("answers by Socket.IO, also where no object is named, and to all where it is told so", async () => {
    await using there = await lab();
    const page = ["--socket-io", "--broadcast", "http\\.echo/", "--root", "http.echo"];
    await using gateway = await serve(["gateway", "-p", "0", "--ns", there.at, ...page], URL_LINE);
    const pages = [0, 1].map(() => io(printed(gateway), { forceNew: true }));
    try {
      await Promise.all(
        pages.map((each) => new Promise((done) => each.once("connect", () => done(0)))),
      );
      const heard = pages.map((each) => new Promise((done) => each.once("echo", done)));
      pages[0]?.emit("echo", { args: [7] });
      for (const answer of await Promise.all(heard)) {
        expect(answer).toMatchObject({ status: "success", result: 7 });
      }
    } finally {
      for (const each of pages) each.disconnect();
    }
  });

  it.each(["file", "environment"])("asks for the key of a %s", async (from) => {
    await using there = await lab();
    const file = join(folder, "anna.key");
    writeFileSync(file, "secret\n", { mode: 0o600 });
    const args = ["gateway", "-p", "0", "--ns", there.at];
    await using gateway =
      from === "file"
        ? await serve([...args, "--key-file", file], URL_LINE)
        : await serve(args, URL_LINE, { PYRO_HTTPGATEWAY_KEY: "secret" });
    const path = `${printed(gateway)}pyro/http.echo/echo?value=1`;
    expect((await fetch(path)).status).toBe(403);
    expect((await fetch(`${path}&$key=secret`)).status).toBe(200);
  });

  it("starts without a name server, and finds it when it is there", async () => {
    await using gateway = await serve(["gateway", "-p", "0", "--ns", "localhost:1"], URL_LINE);
    expect(gateway.stderr).toContain("Not yet connected to a name server.");
    const answer = await fetch(`${printed(gateway)}pyro/http.echo/echo?value=1`);
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ __class__: "Pyro5.errors.NamingError" });
  });

  it.each([
    [["--adopt", "nothing"], "expected --adopt NAME=URI"],
    [["--expose", "("], "invalid regex"],
    [["--origin", "lab"], "Expected an origin"],
    [["--broadcast", ""], "give --socket-io, too"],
    [["--socket-io", "--broadcast", "("], "invalid regex"],
    [["--root", "lab"], "which its option expose does not let through"],
  ])("refuses %j", async (options, text) => {
    const { code, stderr } = await run(["gateway", "-p", "0", "--ns", "localhost:1", ...options]);
    expect(code).not.toBe(0);
    expect(stderr).toContain(text);
  });
});
