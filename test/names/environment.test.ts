import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect, Daemon, locateNameServer, startNameServer } from "../../src/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { freePort } from "../support/ports.ts";

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
