import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SILENT } from "../../src/log.ts";
import {
  connectManager,
  parseStartOptions,
  StartError,
  startManager,
} from "../../src/msl/index.ts";
import { shellWord } from "../../src/tunnels/arguments.ts";
import { openTunnel } from "../../src/tunnels/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { freePort } from "../support/ports.ts";
import { countSshProcesses, describeWithSshd, processesWith, Sshd } from "../support/sshd.ts";

/** Whether this machine has a tool that tells them. */
const portsHaveOwners =
  spawnSync("/bin/sh", ["-c", "command -v ss || command -v lsof"]).status === 0;

const service = fileURLToPath(new URL("../../examples/msl/service.ts", import.meta.url));

describeWithSshd("a manager that is started over SSH", () => {
  checkLeaks();
  const sshProcesses = countSshProcesses();
  let pi: Sshd;
  let folder: string;

  beforeAll(async () => {
    pi = await Sshd.start();
    folder = mkdtempSync(join(tmpdir(), "pi-"));
  });
  afterAll(async () => {
    await pi[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const program = (name: string, lines: string): string => {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\n${lines}\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const runService = () =>
    program(
      "service",
      `MSL_NETWORK_HOME='${folder}/home' exec ${[process.execPath, service].map(shellWord).join(" ")} "$@"`,
    );

  it("runs when the promise resolves, and goes on without SSH", async () => {
    const port = await freePort();
    const started = await startManager(pi.host, runService(), {
      kwargs: { port, disable_tls: true },
    });
    expect(started).toMatchObject({
      port,
      pid: expect.any(Number),
      output: expect.stringContaining(
        `Network Manager running on ${started.address} (TLS DISABLED)`,
      ),
    });
    expect(sshProcesses()).toBe(0);
    await using client = await connectManager(`msl://localhost:${port}`, {
      tls: false,
      logger: SILENT,
    });
    expect([...(await client.identities()).services.keys()]).toEqual(["RPiService"]);
    process.kill(started.pid);
    await expect.poll(() => processesWith(`"port":${port}`)).toBe(0);
  });

  it("is told everything it is sent, whatever is in it", async () => {
    const path = program(
      "it's $HOME",
      'printf "%s\\n" "$2"; echo "Network Manager running on pi:7"; exec sleep 60',
    );
    const words = { quotes: `it's "so"`, lines: "a\nb", shell: "$HOME `id` \\ ;" };
    const { output, pid, port } = await startManager(pi.host, path, { kwargs: words });
    expect(JSON.parse(output.split("\n")[0] as string)).toEqual(words);
    expect(port).toBe(7);
    expect(existsSync(`${path}.log`)).toBe(true);
    process.kill(pid);
  });

  it("shares a tunnel that is open", async () => {
    await using tunnel = await openTunnel(pi.host, { logger: SILENT });
    const path = program("quick", 'echo "Network Manager running on pi:8"; exec sleep 60');
    const { pid } = await startManager(tunnel, path);
    expect((await tunnel.run(`kill ${pid}`)).code).toBe(0);
  });

  it("that finds its port in use is told of with the ways out", async () => {
    const port = await freePort();
    const first = await startManager(pi.host, runService(), {
      kwargs: { port, disable_tls: true },
    });
    const second = startManager(pi.host, runService(), { kwargs: { port, disable_tls: true } });
    const error = await second.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(StartError);
    const { code, message, output, processes } = error as StartError;
    expect(code).toBe("ERR_MANAGER_PORT_IN_USE");
    expect(output).toContain("EADDRINUSE");
    if (portsHaveOwners) {
      expect(processes.map(({ pid }) => pid)).toEqual([first.pid]);
      expect(message).toContain(`kill ${first.pid}`);
    }
    expect(message).toContain(`{ kwargs: { port: ${port + 1} } }`);
    expect(message).toContain("shutdownManager()");
    process.kill(first.pid);
  });

  it("that fails is told of with what it printed", async () => {
    const path = program("broken", "echo 'cannot find the FPGA' >&2; exit 3");
    await expect(startManager(pi.host, path)).rejects.toMatchObject({
      name: "StartError",
      code: "ERR_MANAGER_START",
      output: "cannot find the FPGA\n",
      message: expect.stringContaining("  | cannot find the FPGA"),
    });
    await expect(startManager(pi.host, join(folder, "nothing"))).rejects.toMatchObject({
      code: "ERR_MANAGER_START",
      message: expect.stringContaining("No such file or directory"),
    });
    expect(sshProcesses()).toBe(0);
  });

  it("that is silent is ended when the time is up, or when that is wanted", async () => {
    const path = program("silent", "echo so far; exec sleep 61.5");
    await expect(startManager(pi.host, path, { timeoutMs: 300 })).rejects.toMatchObject({
      code: "ERR_MANAGER_TIMEOUT",
      output: "so far\n",
    });
    await expect.poll(() => processesWith("61.5")).toBe(0);
  });

  it("is started, looked for and ended as root, where that is wanted", async () => {
    // Few machines that run tests have a sudo: this one does what `sudo -n` does, and notes what for.
    program(
      "sudo",
      `printf '%s\\n' "$*" >> '${folder}/sudo.log'\n[ "$1" = -n ] && shift && exec "$@"`,
    );
    await using as = await Sshd.start({ config: `SetEnv PATH=${folder}:${process.env["PATH"]}` });
    const port = await freePort();
    const kwargs = { port, disable_tls: true };
    const path = runService();
    const started = await startManager(as.host, path, { kwargs, sudo: true });
    await expect(startManager(as.host, path, { kwargs, sudo: true })).rejects.toMatchObject({
      code: "ERR_MANAGER_PORT_IN_USE",
      ...(portsHaveOwners && {
        processes: [expect.objectContaining({ pid: started.pid })],
      }),
    });
    process.kill(started.pid);
    await expect.poll(() => processesWith(`"port":${port}`)).toBe(0);
    const log = readFileSync(join(folder, "sudo.log"), "utf8");
    expect(log).toContain(`-n ${path} --kwargs {"port":${port},"disable_tls":true}\n`);
    // What did not become a manager was root's: others could not end it.
    expect(log).toMatch(/^-n kill \d+$/m);
  });

  it("is given up when told", async () => {
    const path = program("patient", "exec sleep 62.5");
    const signal = AbortSignal.timeout(1500);
    await expect(startManager(pi.host, path, { signal })).rejects.toThrow();
    expect(signal.aborted).toBe(true);
    await expect.poll(() => sshProcesses() + processesWith("62.5")).toBe(0);
  });

  it("does not take the words of an earlier start for its own", async () => {
    const path = program("late", "sleep 0.3; exit 1");
    writeFileSync(`${path}.log`, "Network Manager running on pi:9\n");
    await expect(startManager(pi.host, path)).rejects.toMatchObject({ code: "ERR_MANAGER_START" });
  });
});

describe("what a program was told that was started", () => {
  it("is for its manager and its services, by Python's names", () => {
    const sent = {
      port: 1876,
      auth_login: true,
      username: "pi",
      password: "secret",
      disable_tls: true,
      cert_file: null,
      assert_hostname: false,
    };
    expect(parseStartOptions(["-x", "--kwargs", JSON.stringify(sent)])).toEqual({
      manager: { port: 1876, authLogin: true, disableTls: true },
      services: { user: "pi", password: "secret" },
      kwargs: sent,
    });
  });

  it.each([
    ["auth_password", { auth_password: "open" }],
    ["password_manager", { password_manager: "open" }],
  ])("tells both of %s", (_, sent) => {
    expect(parseStartOptions(["--kwargs", JSON.stringify(sent)])).toMatchObject({
      manager: { authPassword: "open" },
      services: { managerPassword: "open" },
    });
  });

  it("is nothing where it was started by hand", () => {
    expect(parseStartOptions([])).toEqual({ manager: {}, services: {}, kwargs: {} });
  });

  it.each([[["--kwargs"]], [["--kwargs", "{"]], [["--kwargs", "[1]"]]])(
    "is refused as %j",
    (args) => {
      expect(() => parseStartOptions(args)).toThrow(
        expect.objectContaining({ code: "ERR_START_OPTIONS" }),
      );
    },
  );
});
