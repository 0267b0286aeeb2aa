import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  connect,
  describe as describeProxy,
  expose,
  type RunningNameServer,
  startNameServer,
} from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { serveNamed } from "../../src/tunnels/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { startProcess } from "../support/process.ts";
import { itWithPython, runPython } from "../support/python.ts";
import { countSshProcesses, describeWithSshd, Sshd } from "../support/sshd.ts";

class BasicServer {
  waiting: (() => void) | undefined;
  square(x: number): number {
    return x ** 2;
  }
  async wait(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.waiting = resolve;
    });
  }
}
expose(BasicServer, { square: true, wait: true });

interface Server {
  square(x: number): number;
  wait(): void;
  ping(): string;
  running(): boolean;
  name: string;
  logfile: string | null;
}

describe("a server with a name", () => {
  checkLeaks();
  let names: RunningNameServer;
  let port: number;
  const known = async () =>
    Object.keys(await names.names.list()).filter((name) => !name.startsWith("Pyro."));

  beforeAll(async () => {
    names = await startNameServer({ port: 0, broadcastPort: false, logger: SILENT });
    port = names.uri.location.kind === "tcp" ? names.uri.location.port : 0;
  });
  afterAll(() => names.close());

  const options = () => ({
    name: "BasicServer",
    nameServer: { host: "localhost", port },
    logger: SILENT,
  });

  it("offers what every server does beside its own, and takes its name with it", async () => {
    const server = await serveNamed(new BasicServer(), {
      ...options(),
      logFile: "/var/log/basic.log",
    });
    await using proxy = await connect<Server>(`PYRONAME:BasicServer@localhost:${port}`);
    expect([...describeProxy(proxy).members.keys()].sort()).toEqual([
      "logfile",
      "name",
      "ping",
      "running",
      "square",
      "wait",
    ]);
    expect(await Promise.all([proxy.square(3), proxy.ping(), proxy.running()])).toEqual([
      9,
      "hello",
      true,
    ]);
    expect(await Promise.all([proxy.name, proxy.logfile])).toEqual([
      "BasicServer",
      "/var/log/basic.log",
    ]);
    await server.close();
    await server.close();
    await server.closed;
    expect(await known()).toEqual([]);
  });

  it("answers whether it lives while its object is busy", async () => {
    const object = new BasicServer();
    await using _ = await serveNamed(object, { ...options(), serial: true });
    await using proxy = await connect<Server>(`PYRONAME:BasicServer@localhost:${port}`);
    const waiting = proxy.wait();
    await expect.poll(() => object.waiting).toBeDefined();
    expect(await proxy.ping()).toBe("hello");
    object.waiting?.();
    await waiting;
  });

  it("has its own members where both have one", async () => {
    class Chatty {
      ping(): string {
        return "mine";
      }
    }
    expose(Chatty, { ping: true });
    await using server = await serveNamed(new Chatty(), {
      ...options(),
      name: "Chatty",
      nameServer: false,
    });
    await using proxy = await connect<Server>(server.uri);
    expect([await proxy.ping(), await proxy.running()]).toEqual(["mine", true]);
    expect(await known()).toEqual([]);
  });

  const inProcess = (...args: string[]) => {
    const program = fileURLToPath(new URL("named-server.ts", import.meta.url));
    return startProcess(process.execPath, [program, `${port}`, ...args], { ready: /^ready/ });
  };

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "is ended by %s, name and all",
    async (signal) => {
      await using server = await inProcess();
      expect(await known()).toEqual(["BasicServer"]);
      server.kill(signal);
      // As npm passes on the Ctrl-C that the terminal has sent already.
      server.kill(signal);
      expect(await server.exit()).toEqual({ code: null, signal });
      expect(await known()).toEqual([]);
      expect(server.stderr).toBe("");
    },
  );

  it("is ended together with the others of its process", async () => {
    await using server = await inProcess("One,Two,Three");
    await server.nextLine(/^ready PYRO:Two/);
    await server.nextLine(/^ready PYRO:Three/);
    expect(await known()).toEqual(["One", "Three", "Two"]);
    server.kill("SIGTERM");
    await server.exit();
    expect(await known()).toEqual([]);
  });

  it("that hangs when it closes is ended by a second signal", async () => {
    await using server = await inProcess("BasicServer", "hang");
    server.kill("SIGTERM");
    await expect.poll(known).toEqual([]);
    const again = setInterval(() => server.kill("SIGINT"), 100);
    expect(await server.exit()).toEqual({ code: null, signal: "SIGINT" });
    clearInterval(again);
  });

  it("takes over a name that was left behind, and leaves it to whoever takes it over", async () => {
    names.names.register("BasicServer", "PYRO:gone@localhost:1");
    const first = await serveNamed(new BasicServer(), options());
    const nameOf = async () => (await names.names.list())["BasicServer"];
    expect(await nameOf()).toBe(first.uri);
    const nameServer = { ...options().nameServer, safe: true };
    await expect(serveNamed(new BasicServer(), { ...options(), nameServer })).rejects.toMatchObject(
      { code: "ERR_NAME_TAKEN" },
    );
    await using second = await serveNamed(new BasicServer(), options());
    await first.close();
    expect(await nameOf()).toBe(second.uri);
    await second.close();
    expect(await nameOf()).toBeUndefined();
  });

  it("that cannot be announced is not left behind", async () => {
    const nameServer = { host: "localhost", port: 1, broadcast: false };
    await expect(serveNamed(new BasicServer(), { ...options(), nameServer })).rejects.toMatchObject(
      {
        code: "ERR_NO_NAME_SERVER",
      },
    );
    expect(process.listenerCount("SIGINT")).toBe(0);
  });

  itWithPython("passes the checks of Python's clients", async () => {
    await using _ = await serveNamed(new BasicServer(), options());
    const output = await runPython(
      `
      import sys, Pyro4
      with Pyro4.Proxy("PYRONAME:BasicServer@localhost:" + sys.argv[1]) as server:
          print(server.ping(), server.running(), server.name, server.logfile, server.square(4))
      `,
      [String(port)],
    );
    expect(output).toBe("hello True BasicServer None 16\n");
  });

  describeWithSshd("by a tunnel", () => {
    const processes = countSshProcesses();

    it("is ended by a signal, with its name there and every ssh", async () => {
      await using sshd = await Sshd.start();
      await using server = await inProcess("FarServer", JSON.stringify(sshd.host));
      expect(await known()).toEqual(["FarServer"]);
      expect(processes()).toBeGreaterThan(0);
      server.kill("SIGTERM");
      expect(await server.exit()).toEqual({ code: null, signal: "SIGTERM" });
      expect(await known()).toEqual([]);
      await expect.poll(processes).toBe(0);
    });

    it("is called at the far end", async () => {
      await using sshd = await Sshd.start();
      await using server = await serveNamed(new BasicServer(), {
        ...options(),
        nameServer: { port },
        via: sshd.host,
      });
      expect((await names.names.list())["BasicServer"]).toBe(server.uri);
      await using proxy = await connect<Server>(server.uri);
      expect(await proxy.square(5)).toBe(25);
    });
  });
});
