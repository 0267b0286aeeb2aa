import { networkInterfaces } from "node:os";
import { describe, expect, it } from "vitest";
import {
  Daemon,
  expose,
  type Logger,
  locateNameServer,
  type NameServerClient,
  type RunningNameServer,
  startNameServer,
} from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { checkLeaks } from "../support/leaks.ts";
import { freePort } from "../support/ports.ts";
import { describeWithPython, spawnPython } from "../support/python.ts";
import { Warnings } from "../support/warnings.ts";

const NAME_SERVER = new URL("../interop/peers/name_server.py", import.meta.url);

class Laser {
  power(): number {
    return 5;
  }
}
expose(Laser, { power: true });

async function daemonWithLaser(logger: Logger = SILENT): Promise<Daemon> {
  const daemon = new Daemon({ logger });
  await daemon.listen("pyro://localhost:0");
  daemon.register("laser", new Laser());
  return daemon;
}

function nameServer(port = 0): Promise<RunningNameServer> {
  return startNameServer({ port, broadcastPort: false, logger: SILENT });
}

function portOf({ uri }: RunningNameServer): number {
  if (uri.location.kind !== "tcp") throw new Error(`${uri} has no port`);
  return uri.location.port;
}

async function registered(port: number, name = "lab.laser"): Promise<unknown> {
  try {
    await using names: NameServerClient = await locateNameServer({ host: "localhost", port });
    const { uri, metadata } = await names.lookupWithMetadata(name);
    return [`${uri}`, [...metadata].sort()];
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

describe("an announced object", () => {
  checkLeaks();

  it("is registered, and removed when the announcement or the daemon is closed", async () => {
    await using names = await nameServer();
    const [host, port] = ["localhost", portOf(names)];
    await using daemon = await daemonWithLaser();
    const uri = daemon.uriFor("laser");
    const first = await daemon.announce("laser", "lab.laser", { host, port });
    const tags = (function* () {
      yield* ["light", "red"];
    })();
    await daemon.announce("laser", "lab.second", { host, port, metadata: tags });
    expect(await registered(port)).toEqual([uri, []]);
    expect(await registered(port, "lab.second")).toEqual([uri, ["light", "red"]]);
    await first.close();
    await first.close();
    expect(await registered(port)).toBe("ERR_NAME_UNKNOWN");
    await daemon.close();
    expect(await registered(port, "lab.second")).toBe("ERR_NAME_UNKNOWN");
  });

  it("is forgotten by its daemon when the announcement is closed by hand", async () => {
    const names = await nameServer();
    const at = { host: "localhost", port: portOf(names) };
    await using daemon = await daemonWithLaser();
    const announcement = await daemon.announce("laser", "lab.laser", at);
    let closings = 0;
    const close = announcement.close.bind(announcement);
    announcement.close = () => {
      closings++;
      return close();
    };
    await announcement.close();
    await names.close();
    await daemon.close();
    expect(closings).toBe(1);
  });

  it("is registered again, with its tags, when the name server was restarted", async () => {
    const names = await nameServer();
    const [host, port] = ["localhost", portOf(names)];
    const log = new Warnings();
    await using daemon = await daemonWithLaser(log);
    const metadata = new Set(["light", "red"]);
    await daemon.announce("laser", "lab.laser", { host, port, metadata, checkMs: 20 });
    await names.close();
    await expect.poll(() => log.warnings).toHaveLength(1);
    await expect.poll(() => registered(port)).toBe("ERR_NO_NAME_SERVER");
    expect(log.warnings).toEqual([
      expect.stringMatching(/^lab\.laser: the name cannot be looked after.*ECONNREFUSED/),
    ]);
    await using again = await nameServer(port);
    await expect
      .poll(() => registered(portOf(again)))
      .toEqual([daemon.uriFor("laser"), ["light", "red"]]);
    expect(log.warnings).toHaveLength(1);
  });

  it("is registered again when somebody removed it", async () => {
    await using names = await nameServer();
    const [host, port] = ["localhost", portOf(names)];
    await using daemon = await daemonWithLaser();
    await daemon.announce("laser", "lab.laser", { host, port, checkMs: 20 });
    await names.names.remove("lab.laser");
    await expect.poll(() => registered(port)).toEqual([daemon.uriFor("laser"), []]);
  });

  it("leaves the name to whoever took it over, and says so once", async () => {
    await using names = await nameServer();
    const [host, port] = ["localhost", portOf(names)];
    const log = new Warnings();
    await using daemon = await daemonWithLaser(log);
    const announcement = await daemon.announce("laser", "lab.laser", { host, port, checkMs: 10 });
    names.names.register("lab.laser", "PYRO:other@h:1");
    await expect.poll(() => log.warnings).toHaveLength(1);
    expect(log.warnings[0]).toContain("taken over by PYRO:other@h:1");
    const { lookups } = names.names.statistics();
    await expect.poll(() => names.names.statistics().lookups).toBeGreaterThan(lookups + 3);
    expect(log.warnings).toHaveLength(1);
    await announcement.close();
    expect(await registered(port)).toEqual(["PYRO:other@h:1", []]);
  });

  it("takes a name that is taken only without `safe`", async () => {
    await using names = await nameServer();
    const [host, port] = ["localhost", portOf(names)];
    names.names.register("lab.laser", "PYRO:other@h:1");
    await using daemon = await daemonWithLaser();
    const safely = daemon.announce("laser", "lab.laser", { host, port, safe: true });
    await expect(safely).rejects.toMatchObject({ code: "ERR_NAME_TAKEN" });
    await daemon.announce("laser", "lab.laser", { host, port });
    expect(await registered(port)).toEqual([daemon.uriFor("laser"), []]);
  });

  it("rejects when there is no name server the first time", async () => {
    await using daemon = await daemonWithLaser();
    const at = { host: "localhost", port: await freePort() };
    await expect(daemon.announce("laser", "lab.laser", at)).rejects.toMatchObject({
      code: "ERR_NO_NAME_SERVER",
    });
    const letters = { ...at, metadata: "light" };
    await expect(daemon.announce("laser", "lab.laser", letters)).rejects.toThrow(
      /tags in an array/,
    );
  });

  it("does not keep its daemon from closing when the name server is gone", async () => {
    const names = await nameServer();
    await using daemon = await daemonWithLaser();
    // No host: where the name server is gone, a search would ask the network for two seconds.
    await daemon.announce("laser", "lab.laser", { port: portOf(names), checkMs: 60_000 });
    await names.close();
    const start = performance.now();
    await daemon.close();
    expect(performance.now() - start).toBeLessThan(1000);
  });

  const address = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal)?.address;

  it.skipIf(address === undefined)(
    "is warned of when only this machine can reach it, but all the name server (needs a network)",
    async () => {
      const host = `${address}`;
      await using names = await startNameServer({ host, port: 0, broadcastPort: false });
      const log = new Warnings();
      await using daemon = await daemonWithLaser(log);
      await daemon.announce("laser", "lab.laser", { host, port: portOf(names) });
      expect(log.warnings).toEqual([expect.stringContaining("only this machine can reach that")]);
    },
  );
});

describeWithPython.each([5, 4])(
  "an object announced to the name server of Pyro%i",
  (generation) => {
    checkLeaks();

    it("is registered again when it was restarted", async () => {
      const port = await freePort();
      const args = [`${generation}`, "-n", "localhost", "-p", `${port}`, "-x"];
      await using daemon = await daemonWithLaser();
      const start = () => spawnPython(NAME_SERVER, args, { ready: /^URI =/ });
      {
        await using peer = await start();
        const options = { host: "localhost", port, metadata: ["light"], checkMs: 20 };
        await daemon.announce("laser", "lab.laser", options);
        expect(await registered(port)).toEqual([daemon.uriFor("laser"), ["light"]]);
        peer.kill("SIGKILL");
      }
      await using _ = await start();
      await expect.poll(() => registered(port)).toEqual([daemon.uriFor("laser"), ["light"]]);
      await daemon.close();
      expect(await registered(port)).toBe("ERR_NAME_UNKNOWN");
    });
  },
);
