import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect, Daemon, locateNameServer, startNameServer } from "../../src/index.ts";
import { nameServerEnvironment } from "../../src/names/environment.ts";
import { checkLeaks } from "../support/leaks.ts";
import { freePort } from "../support/ports.ts";

describe("what the environment says of the name server", () => {
  it("is nothing where it is silent", () => {
    expect(nameServerEnvironment({ PYRO_NS_HOST: "", BUNSEN_NS_PORT: "" })).toEqual({});
  });

  it("is read as Pyro reads it, and BUNSEN_ comes before PYRO_", () => {
    const env = {
      PYRO_NS_HOST: "names.lab",
      PYRO_NS_PORT: "9100",
      BUNSEN_NS_PORT: "9101",
      PYRO_NS_BCPORT: "9102",
    };
    expect(nameServerEnvironment(env)).toEqual({
      host: "names.lab",
      port: 9101,
      broadcastPort: 9102,
    });
  });

  it.each(["http", "-1", "65536", "1.5", " "])("is refused by name where %j is a port", (text) => {
    expect(() => nameServerEnvironment({ PYRO_NS_PORT: text })).toThrow(
      expect.objectContaining({
        code: "ERR_ENVIRONMENT",
        message: expect.stringContaining(`PYRO_NS_PORT=${JSON.stringify(text)}`),
      }),
    );
  });
});

describe("a name server that the environment names", () => {
  checkLeaks();
  beforeEach(async () => {
    vi.stubEnv("PYRO_NS_PORT", String(await freePort()));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it("is started there, found there, and asked for PYRONAME URIs", async () => {
    await using server = await startNameServer({ broadcastPort: false });
    expect(server.uri.toString()).toContain(`:${process.env["PYRO_NS_PORT"]}`);
    await using daemon = new Daemon();
    await daemon.listen("pyro://localhost:0");
    daemon.register("list", { size: 3 }, { expose: /^size$/ });
    await daemon.announce("list", "lab.list");
    await using names = await locateNameServer();
    expect(names.uri).toBe(server.uri.toString());
    for (const uri of ["PYRONAME:lab.list", "PYRONAME:lab.list@localhost"]) {
      await using list = await connect<{ size: number }>(uri);
      expect(await list.size).toBe(3);
    }
  });
});
