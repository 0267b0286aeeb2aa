import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestAuthority, testAuthority } from "../support/certificates.ts";
import { describeWithPython, runPython } from "../support/python.ts";
import { printed, run, serve } from "./bunsen.ts";

let folder: string;
let authority: TestAuthority;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bunsen-keys-"));
  authority = await testAuthority("Rosalind");
  secret("rosalind.key", "rosalind's key\n");
  secret("niels.key", "niels's key");
  secret("wrong.key", "another key\n");
  for (const name of ["server.key", "client.key"]) chmodSync(join(authority.folder, name), 0o600);
  const library = new URL("../../src/index.ts", import.meta.url).href;
  writeFileSync(
    file("lab.ts"),
    `import { callContext, expose } from "${library}";
     class Lab { whoami() { return callContext().caller.identity ?? "nobody"; } }
     expose(Lab, { whoami: true });
     export const lab = new Lab();`,
  );
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  authority[Symbol.dispose]();
});

const file = (name: string) => join(folder, name);
const keyFile = (name: string) => ["--hmac-key-file", file(name)];
const listen = ["--listen", "pyro://localhost:0"];

function secret(name: string, text: string, mode = 0o600): void {
  writeFileSync(file(name), text, { mode });
}

function tls(who: "server" | "client"): string[] {
  const pem = (name: string) => join(authority.folder, name);
  return [
    "--tls-ca",
    pem("ca.pem"),
    "--tls-cert",
    pem(`${who}.pem`),
    "--tls-key",
    pem(`${who}.key`),
  ];
}

describe("--hmac-key-file", () => {
  it("is what callers of a server must have; its name says who they are", async () => {
    const keys = [...keyFile("rosalind.key"), ...keyFile("niels.key")];
    await using server = await serve(["serve", file("lab.ts"), ...listen, ...keys], /^(PYRO:\S+)/);
    const call = (...more: string[]) => run(["call", printed(server), "whoami", ...more]);
    expect(await call(...keyFile("niels.key"))).toEqual({ code: 0, stdout: "niels\n", stderr: "" });
    expect((await call(...keyFile("rosalind.key"))).stdout).toBe("rosalind\n");
    expect(await call(...keyFile("wrong.key"))).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("message hmac mismatch"),
    });
    expect(await call()).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/hmac key config not symmetric: .*--hmac-key-file/),
    });
    const described = await run(["describe", printed(server), ...keyFile("niels.key")]);
    expect(described.stdout).toContain("whoami()");
    const repl = await run(["repl", printed(server), ...keyFile("niels.key")], "lab.whoami()\n");
    expect(repl.stdout).toContain("niels");
  });

  it("holds for the name server, announcements and lookups too", async () => {
    const key = keyFile("niels.key");
    const where = ["--port", "0", "--no-broadcast"];
    await using names = await serve(["ns", ...where, ...key], /localhost:(\d+)$/);
    const ns = ["--ns", `localhost:${printed(names)}`];
    const announced = ["serve", file("lab.ts"), ...listen, "--announce", "x", ...ns, ...key];
    await using _server = await serve(announced, /^ready/);
    const call = await run(["call", "PYRONAME:x.lab", "whoami", ...ns, ...key]);
    expect(call).toEqual({ code: 0, stdout: "niels\n", stderr: "" });
    expect((await run(["names", "list", ...ns, ...key])).stdout).toContain("x.lab");
    expect(await run(["names", "list", ...ns])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("--hmac-key-file"),
    });
  });

  it("may be left out where the environment has the key, as Pyro4's tools have it", async () => {
    const env = { PYRO_HMAC_KEY: "niels's key" };
    await using server = await serve(["echo"], /^(PYRO:\S+)/, env);
    const args = ["call", printed(server), "echo", "hello"];
    expect((await run(args, "", env)).stdout).toBe("hello\n");
    expect((await run(args, "", { ...env, BUNSEN_HMAC_KEY: "another" })).code).toBe(3);
    expect((await run([...args, ...keyFile("niels.key")])).stdout).toBe("hello\n");
    expect((await run(args)).code).toBe(3);
  });

  it("is read with care", async () => {
    secret("empty.key", "\n");
    const call = (name: string) => run(["call", "PYRO:x@localhost:1", "y", ...keyFile(name)]);
    expect(await call("empty.key")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is empty"),
    });
    expect(await call("missing.key")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--hmac-key-file: ENOENT/),
    });
    if (process.platform === "win32") return;
    secret("open.key", "some key", 0o644);
    const { stderr } = await call("open.key");
    expect(stderr.match(/open\.key.* can be read by others.*chmod 600/g)).toHaveLength(1);
    expect(stderr).not.toContain("some key");
  });

  describeWithPython("with Pyro4's own tools", () => {
    it("is the PYRO_HMAC_KEY of its name server control", async () => {
      const where = ["--port", "0", "--no-broadcast"];
      await using names = await serve(
        ["ns", ...where, ...keyFile("niels.key")],
        /localhost:(\d+)$/,
      );
      const nsc = `import sys\nfrom Pyro4.nsc import main\nmain(["-n", "localhost", "-p", sys.argv[1], "ping"])`;
      const env = { PYRO_HMAC_KEY: "niels's key" };
      expect(await runPython(nsc, [printed(names)], { env })).toContain("Name server ping ok.");
      expect(await runPython(nsc, [printed(names)])).toContain("Failed to locate the nameserver");
    });
  });
});

describe("--tls-ca, --tls-cert, --tls-key", () => {
  it("secure name server, announcement and calls; a certificate is asked for, and says who calls", async () => {
    const where = ["--port", "0", "--no-broadcast"];
    await using names = await serve(["ns", ...where, ...tls("server")], /localhost:(\d+)$/);
    const ns = ["--ns", `localhost:${printed(names)}`];
    const announced = ["serve", file("lab.ts"), ...listen, "--announce", "x", ...ns];
    await using _server = await serve([...announced, ...tls("server")], /^ready/);
    const call = ["call", "PYRONAME:x.lab", "whoami", ...ns];
    expect(await run([...call, ...tls("client")])).toEqual({
      code: 0,
      stdout: "Rosalind\n",
      stderr: "",
    });
    const [, ca] = tls("client") as [string, string];
    expect((await run([...call, "--tls-ca", ca])).code).toBe(3);
    expect((await run(call)).code).toBe(3);
  });

  it("say what is missing, and what cannot be used", async () => {
    const [, ca, , cert] = tls("server") as [string, string, string, string];
    const server = (...more: string[]) => run(["echo", ...more]);
    expect(await server("--tls-ca", ca)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--tls-cert"),
    });
    expect(await server("--tls-key", cert)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("expected --tls-cert"),
    });
    expect(await server("--tls-cert", cert)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("cannot be used"),
    });
    const call = await run(["call", "PYRO:x@localhost:1", "y", "--tls-cert", cert]);
    expect(call.stderr).toContain("cannot be used");
  });
});
