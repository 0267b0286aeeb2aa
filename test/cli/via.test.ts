import { chmodSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Daemon, expose, type RunningNameServer, startNameServer } from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { describeWithSshd, Sshd } from "../support/sshd.ts";
import { interrupt, printed, run, serve } from "./bunsen.ts";

class Counter {
  count = 3;
  add(n: number): number {
    return this.count + n;
  }
}
expose(Counter, { count: true, add: true });

describeWithSshd("--via", () => {
  let sshd: Sshd;
  let names: RunningNameServer;
  let daemon: Daemon;
  let ns: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    sshd = await Sshd.start();
    names = await startNameServer({ port: 0, broadcastPort: false, logger: SILENT });
    ns = names.uri.location.kind === "tcp" ? `localhost:${names.uri.location.port}` : "";
    daemon = new Daemon({ logger: SILENT });
    daemon.register("counter", new Counter());
    await daemon.listen("pyro://localhost:0");
    names.names.register("lab.counter", daemon.uriFor("counter"));
    // An ssh whose configuration is that of this test: the real one reads that of whoever runs it.
    const ssh = join(sshd.folder, "ssh");
    writeFileSync(
      ssh,
      `#!/bin/sh\nPATH='${process.env["PATH"]}' exec ssh -F ${sshd.host.configFile} "$@"\n`,
    );
    chmodSync(ssh, 0o755);
    env = { PATH: [sshd.folder, process.env["PATH"]].join(delimiter) };
  });
  afterAll(async () => {
    await daemon.close();
    await names.close();
    await sshd[Symbol.asyncDispose]();
  });

  it("leads call, describe and names to the far end, by an alias of the configuration", async () => {
    const logins = () => sshd.log.match(/^Accepted /gm)?.length ?? 0;
    const called = await run(
      ["call", "--via", "gateway", "--ns", ns, "PYRONAME:lab.counter", "add", "4"],
      "",
      env,
    );
    expect(called).toEqual({ code: 0, stdout: "7\n", stderr: "" });
    expect(logins()).toBe(1);
    const listed = await run(["names", "list", "--via", "gateway", "--ns", ns], "", env);
    expect(listed.stdout).toContain("lab.counter");
    const described = await run(
      ["describe", "--via", "gateway,gateway", daemon.uriFor("counter")],
      "",
      env,
    );
    expect(described.stdout).toContain("add(n)");
    expect(logins()).toBe(4);
  });

  it("leads callers there to what bunsen serve has here, until Ctrl-C", async () => {
    const path = join(sshd.folder, "lab.mjs");
    writeFileSync(path, "export const here = { n: 0, next() { return ++this.n; } };\n");
    const way = ["--via", "gateway", "--ns", ns];
    const args = ["serve", path, "--expose", "^next$", "--announce", "far", ...way];
    await using server = await serve(args, /^(PYRO:here@localhost:\d+)$/, env);
    await server.nextLine(/^ready$/);
    const announced = () => names.names.list("far");
    expect(await announced()).toEqual({ "far.here": printed(server) });
    // The far end is this machine, too; nothing but the tunnel listens at that port.
    expect((await run(["call", printed(server), "next"])).stdout).toBe("1\n");
    expect((await interrupt(server)).exit).toEqual({ code: 0, signal: null });
    expect(await announced()).toEqual({});
    expect((await run(["call", printed(server), "next"])).code).toBe(3);
  });

  it("takes hosts by the names of a file in the original's format", async () => {
    const hosts = join(sshd.folder, "hosts.json");
    writeFileSync(hosts, JSON.stringify({ remote: ["gateway", null, null] }));
    const args = ["call", "--via", "remote", daemon.uriFor("counter"), "add", "4"];
    const called = await run(args, "", { ...env, BUNSEN_SSH_HOSTS: hosts });
    expect(called).toEqual({ code: 0, stdout: "7\n", stderr: "" });
  });

  it("says what is wrong with the way, and ends with 3", async () => {
    const { code, stderr } = await run(
      ["call", "--via", "nowhere.invalid", "PYRO:x@localhost:1", "f"],
      "",
      env,
    );
    expect(code).toBe(3);
    expect(stderr).toMatch(/^bunsen: cannot log in to nowhere\.invalid with ssh: /);
    const wrong = await run(
      ["call", "--via", "-oProxyCommand=x", "PYRO:x@localhost:1", "f"],
      "",
      env,
    );
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("not an SSH host");
  });
});
