import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { connect, uriOf } from "../../src/index.ts";
import { freePort } from "../support/ports.ts";
import { interrupt, printed, run, serve } from "./bunsen.ts";

const folder = mkdtempSync(join(tmpdir(), "bunsen-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const INDEX = new URL("../../src/index.ts", import.meta.url);
const LAB = `
  import { expose } from ${JSON.stringify(INDEX)};
  export class Counter {
    count = 0;
    next() { return ++this.count; }
  }
  expose(Counter, { count: true, next: true });
  export const counter = new Counter();
  export const notServed = { of: "no interest" };
  export function helper() {}
  export const answer = 42;
  setInterval(() => {}, 1000); // keeps a process alive
`;

const NS = /^(PYRO:Pyro\.NameServer@localhost:\d+)$/;

describe.each([
  ["ns", ["ns", "--no-broadcast"], NS],
  ["echo", ["echo"], /^(PYRO:test\.echoserver@localhost:\d+)$/],
  ["demo", ["demo"], /^ +name server +(PYRO:Pyro\.NameServer@localhost:\d+)$/],
] as const)("bunsen %s", (_, args, line) => {
  it("prints the port it was given, ends on Ctrl-C within two seconds, and can start there again", async () => {
    const port = await freePort();
    for (let round = 0; round < 2; round++) {
      await using server = await serve([...args, "--host", "localhost", "--port", `${port}`], line);
      expect(printed(server)).toMatch(new RegExp(`@localhost:${port}$`));
      const { exit, ms } = await interrupt(server);
      expect(exit).toEqual({ code: 0, signal: null });
      expect(ms).toBeLessThan(2000);
    }
  });

  it("prints the port it got for port 0", async () => {
    await using server = await serve([...args, "--port", "0"], line);
    expect(printed(server)).not.toMatch(/:0$/);
    const found = await run(["probe", printed(server).replace(/.*@/, ""), "--json"]);
    expect(JSON.parse(found.stdout)).toMatchObject({ speaks: "bunsen" });
  });

  it("ends on SIGTERM too, also while somebody is connected", async () => {
    await using server = await serve([...args, "--port", "0"], line);
    await using proxy = await connect<{ ping(): void }>(printed(server));
    expect(uriOf(proxy)).toBe(printed(server));
    server.kill("SIGTERM");
    expect(await server.exit(2500)).toEqual({ code: 0, signal: null });
  });

  it("says in one line that a port is taken", async () => {
    await using server = await serve([...args, "--port", "0"], line);
    const port = printed(server).replace(/.*:/, "");
    const second = await run([...args, "--port", port]);
    expect(second.code).toBe(1);
    expect(second.stdout).toBe("");
    expect(second.stderr.trim().split("\n").at(-1)).toMatch(
      /^bunsen: cannot listen on localhost:\d+: the address is in use .*choose another port/,
    );
  });
});

describe("bunsen ns", () => {
  it("keeps its names in a file", async () => {
    const store = `sql:${join(folder, "names.sqlite")}`;
    for (const names of [["a"], ["a", "b"]]) {
      await using server = await serve(["ns", "--port", "0", "--store", store], NS);
      const ns = printed(server).replace(/.*@/, "");
      const last = names.at(-1) ?? "";
      await run(["names", "register", last, "PYRO:x@localhost:1", "--ns", ns]);
      const listed = await run(["names", "list", "--json", "--ns", ns]);
      const found = (JSON.parse(listed.stdout) as { name: string }[]).map(({ name }) => name);
      expect(found).toEqual(["Pyro.NameServer", ...names]);
      await interrupt(server);
    }
  });

  it("answers broadcasts where it can be reached, at the port it is given", async () => {
    const ready = /^(\{.*\})$/;
    const where = ["--broadcast-port", "0", "--broadcast-host", "127.255.255.255"];
    const args = ["ns", "--host", "0.0.0.0", "--port", "0", ...where, "--json"];
    await using server = await serve(args, ready);
    const { uri, internal, broadcast } = JSON.parse(printed(server));
    expect(broadcast.host).toBe("127.255.255.255");
    expect(internal).toMatch(/^PYRO:Pyro\.NameServer@0\.0\.0\.0:[1-9]\d*$/);
    expect(uri).not.toContain("0.0.0.0");
    expect(broadcast.port).toBeGreaterThan(0);
    const port = uri.replace(/.*:/, "");
    // NS_PORT is where no name server is, so that only the broadcast can find it.
    const env = {
      BUNSEN_NS_PORT: `${await freePort()}`,
      BUNSEN_NS_BCPORT: `${broadcast.port}`,
      BUNSEN_BROADCAST_ADDRS: broadcast.host,
    };
    const pinged = await run(["names", "ping", "--json"], "", env);
    expect(JSON.parse(pinged.stdout).uri).toMatch(new RegExp(`:${port}$`));
  });

  it("answers none with --no-broadcast, and listens where PYRO_HOST and PYRO_NS_PORT say", async () => {
    const port = await freePort();
    const env = { PYRO_HOST: "127.0.0.1", PYRO_NS_PORT: `${port}` };
    await using server = await serve(["ns", "--no-broadcast", "--json"], /^(\{.*\})$/, env);
    const uri = `PYRO:Pyro.NameServer@127.0.0.1:${port}`;
    expect(JSON.parse(printed(server))).toEqual({
      uri,
      internal: uri,
      broadcast: null,
    });
  });

  it("refuses a store that it has not", async () => {
    const { code, stderr } = await run(["ns", "--port", "0", "--store", "dbm:names"]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(
        /^bunsen: invalid storage type 'dbm:names'; expected .*sql:FILE/,
      ),
    });
  });
});

describe("bunsen serve", () => {
  it("registers each export that exposes something, prints one URI a line, then `ready`", async () => {
    await using server = await serve(["serve", file("lab.ts", LAB)], /^ready$/);
    const uri = (name: string) => expect.stringMatching(`^PYRO:${name}@localhost:[1-9]\\d*$`);
    expect(server.lines).toEqual([uri("Counter"), uri("counter"), "ready"]);
    expect(server.stderr).toContain('export "notServed" is not served');
    const [, counter = ""] = server.lines;
    expect(await run(["call", counter, "next"])).toMatchObject({ code: 0, stdout: "1\n" });
    const { exit, ms } = await interrupt(server);
    expect(exit.code).toBe(0);
    expect(ms).toBeLessThan(2000);
  });

  it("listens at each URL that is given", async () => {
    const ports = [await freePort(), await freePort()];
    const listen = ports.flatMap((port) => ["--listen", `pyro://localhost:${port}`]);
    await using server = await serve(["serve", file("two.ts", LAB), ...listen], /^ready$/);
    for (const port of ports) {
      expect(server.lines).toContain(`PYRO:counter@localhost:${port}`);
      expect((await run(["call", `PYRO:counter@localhost:${port}`, "next"])).code).toBe(0);
    }
  });

  it("listens in other dialects, too, and prints the URIs of each", async () => {
    const listen = ["--listen", "pyro://localhost:0", "--listen", "proximity://127.0.0.1:0"];
    await using server = await serve(["serve", file("both.ts", LAB), ...listen], /^ready$/);
    const ofCounter = server.lines.filter((line) => /\bcounter\b/.test(line));
    expect(ofCounter).toEqual([
      expect.stringMatching(/^PYRO:counter@localhost:\d+$/),
      expect.stringMatching(/^proximity:\/\/127\.0\.0\.1:\d+\/counter$/),
    ]);
    for (const [i, uri] of ofCounter.entries()) {
      const called = await run(["call", uri, "next"]);
      expect(called).toMatchObject({ stdout: `${i + 1}\n`, stderr: "" });
    }
  });

  it("lets each object take one call at a time with --serial", async () => {
    const path = file(
      "stage.mjs",
      `export const stage = {
        moving: 0,
        async move() {
          this.moving += 1;
          const alone = this.moving === 1;
          await new Promise((resolve) => setTimeout(resolve, 50));
          this.moving -= 1;
          return alone;
        },
      };`,
    );
    const args = ["serve", path, "--expose", "^move$"];
    for (const [options, expected] of [
      [["--serial"], [true, true]],
      [[], [true, false]],
    ] as const) {
      await using server = await serve([...args, ...options], /^ready$/);
      await using stage = await connect<{ move(): boolean }>(server.lines[0] as string);
      expect(await Promise.all([stage.move(), stage.move()])).toEqual(expected);
    }
  });

  it("prints URIs as they are behind NAT, and so do `ns` and `echo`", async () => {
    const nat = ["--nat-host", "gate.example", "--nat-port", "7777"];
    await using server = await serve(["serve", file("nat.ts", LAB), ...nat], /^ready$/);
    expect(server.lines).toContain("PYRO:counter@gate.example:7777");
    await using names = await serve(["ns", "--port", "0", ...nat], /^(PYRO:.*)$/);
    expect(printed(names)).toBe("PYRO:Pyro.NameServer@gate.example:7777");
    expect(names.stderr).toMatch(/Listening at PYRO:Pyro\.NameServer@localhost:\d+\./);
    await using echo = await serve(["echo", ...nat.slice(0, 2)], /^(PYRO:.*)$/);
    expect(printed(echo)).toMatch(/^PYRO:test\.echoserver@gate\.example:\d+$/);
    const { code, stderr } = await run(["serve", file("nat.ts", LAB), ...nat.slice(2)]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("natHost")]);
  });

  it("announces names with a prefix, and takes them out at the end", async () => {
    await using names = await serve(["ns", "--port", "0"], NS);
    const ns = printed(names).replace(/.*@/, "");
    const args = ["serve", file("named.ts", LAB), "--announce", "lab", "--ns", ns, "--json"];
    await using server = await serve(args, /"ready":true/);
    expect(server.lines.map((line) => JSON.parse(line))).toContainEqual({
      name: "counter",
      uri: expect.stringMatching(/^PYRO:counter@/),
      announced: "lab.counter",
    });
    const called = await run(["call", `PYRONAME:lab.counter@${ns}`, "next"]);
    expect(called).toMatchObject({ code: 0, stdout: "1\n" });
    await interrupt(server);
    expect((await run(["names", "lookup", "lab.counter", "--ns", ns])).code).toBe(3);
  });

  it("serves what declares nothing with --expose", async () => {
    const path = file("driver.mjs", "export const driver = { read: () => 7, erase: () => 0 };");
    await using server = await serve(["serve", path, "--expose", "^read$"], /^ready$/);
    const [uri = ""] = server.lines;
    expect((await run(["call", uri, "read"])).stdout).toBe("7\n");
    expect((await run(["call", uri, "erase"])).code).toBe(2);
  });

  it.each([
    ["a file that is not there", "missing.ts", 2, /^bunsen: there is no file "missing\.ts"/],
    [
      "a module that exposes nothing",
      file("empty.mjs", "export const a = {};"),
      1,
      /exports nothing that can be served.*expose\(/,
    ],
    [
      "a module that throws",
      file("broken.mjs", "throw new Error('no driver');"),
      1,
      /^bunsen: no driver$/m,
    ],
    [
      "a module whose import is not installed, with what to do",
      file("needs.mjs", 'import "bunsen";'),
      1,
      /^bunsen: Cannot find package 'bunsen' .*; "npm install bunsen" in its folder$/m,
    ],
  ])("refuses %s", async (_, path, code, message) => {
    expect(await run(["serve", path])).toEqual({
      code,
      stdout: "",
      stderr: expect.stringMatching(message),
    });
  });

  it("refuses a URL that it cannot listen at", async () => {
    const { code, stderr } = await run([
      "serve",
      file("url.ts", LAB),
      "--listen",
      "ftp://localhost:1",
    ]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining("pyro://localhost:9999"),
    });
  });
});
