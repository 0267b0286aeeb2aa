import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import {
  callContext,
  connect,
  Daemon,
  type DaemonOptions,
  expose,
  kwargs,
  RemoteError,
} from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { connectManager, Manager, onNotification, shutdownService } from "../../src/msl/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { freePort } from "../support/ports.ts";
import { describeWithPython, pythonPeers, runPython } from "../support/python.ts";
import { StockManager } from "./stock.ts";

class Calc {
  units = "mm";
  readonly secret = Symbol("unsendable");
  ended = "";
  cancelled = false;
  add_numbers(a: number, b: number, c: number, d: number): number {
    return a + b + c + d;
  }
  power(a: number, n = 2): number {
    return a ** n;
  }
  options({ gain = 1, unit = "V" } = {}): string {
    return `${gain} ${unit}`;
  }
  fail(text: string): never {
    throw new RangeError(text);
  }
  async wait(seconds: number): Promise<string> {
    await sleep(seconds * 1000, undefined, { ref: false });
    return "waited";
  }
  async untilCancelled(): Promise<void> {
    const { signal } = callContext();
    await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve()));
    this.cancelled = true;
  }
  *count(): Generator<number> {
    yield 1;
  }
  func(): unknown {
    return { f: () => 1 };
  }
  hidden(): void {}
  shutdown_service(reason: string, { when = "now" } = {}): string {
    this.ended = `${reason} ${when}`;
    return "bye";
  }
}
expose(Calc, {
  units: true,
  secret: true,
  add_numbers: true,
  power: true,
  options: true,
  fail: true,
  wait: true,
  untilCancelled: true,
  count: true,
  func: true,
  shutdown_service: true,
});

const PLAIN = { tls: false } as const;

function daemonWith(calc = new Calc(), options: DaemonOptions = {}): Daemon {
  const daemon = new Daemon({ logger: SILENT, ...options });
  daemon.register("Calc", calc);
  return daemon;
}

interface AnyManager extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

async function ourManager(port = 0): Promise<AnyManager> {
  const manager = await Manager.start({
    host: "localhost",
    port,
    disableTls: true,
    database: ":memory:",
  });
  const stop = () => manager.close();
  return {
    url: `msl://localhost:${manager.port}`,
    port: manager.port,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

const managers: [string, (port?: number) => Promise<AnyManager>][] = [
  ["our manager", ourManager],
  ...(pythonPeers
    ? [
        ["a stock manager", (port = 0) => StockManager.start({}, { port })] as [
          string,
          (port?: number) => Promise<AnyManager>,
        ],
      ]
    : []),
];

describe.each(managers)("an object as a service of %s", (_, startManager) => {
  checkLeaks();

  it("is called, and fails, as by any other way", async () => {
    await using manager = await startManager();
    await using daemon = daemonWith();
    await daemon.join(manager.url, PLAIN);
    await using calc = await connect<Calc>(`${manager.url}/Calc`, { msl: PLAIN });
    expect(await calc.add_numbers(1, 2, 3, 4)).toBe(10);
    expect(await calc.power(5, kwargs({ n: 3 }))).toBe(125);
    expect(await calc.options(kwargs({ unit: "A" }))).toBe("1 A");
    expect(await calc.units).toBe("mm");
    await expect(calc.fail("no")).rejects.toMatchObject({
      type: "builtins.ValueError",
      message: "ValueError: no",
    });
    await expect(calc.hidden()).rejects.toThrow("AttributeError: attempt to access unexposed");
    await expect((calc as never as Record<string, () => unknown>)["_private"]?.()).rejects.toThrow(
      "PermissionError: Cannot request a private attribute",
    );
    await expect(calc.func()).rejects.toThrow(
      /SerializeError: result\.f: the function "f" cannot be sent/,
    );
    await expect(calc.count()).rejects.toThrow("is a stream, which MSL-Network has no way to send");
    expect(await calc.power(2)).toBe(4);
  });

  it("shows its members, with signatures and values", async () => {
    await using manager = await startManager();
    await using daemon = daemonWith();
    await daemon.join(manager.url, { ...PLAIN, maxClients: 3 });
    await using client = await connectManager(manager.url, PLAIN);
    const calc = (await client.identities()).services.get("Calc");
    expect(calc).toMatchObject({
      maxClients: 3,
      language: expect.stringMatching(/^Node .*Bunsen/),
    });
    expect(calc?.attributes).toEqual({
      add_numbers: "(a, b, c, d)",
      count: "()",
      fail: "(text)",
      func: "()",
      options: '(gain=1, unit="V")',
      power: "(a, n=2)",
      shutdown_service: '(reason, when="now")',
      units: "mm",
      untilCancelled: "()",
      wait: "(seconds)",
    });
  });

  it("answers side by side", async () => {
    await using manager = await startManager();
    await using daemon = daemonWith();
    await daemon.join(manager.url, PLAIN);
    await using calc = await connect<Calc>(`${manager.url}/Calc`, { msl: PLAIN });
    const order: unknown[] = [];
    await Promise.all([
      calc.wait(0.2).then(() => order.push("slow")),
      calc.power(2).then(() => order.push("quick")),
    ]);
    expect(order).toEqual(["quick", "slow"]);
  });

  it("tells the clients that are linked", async () => {
    await using manager = await startManager();
    const object = new Calc();
    await using daemon = daemonWith(object);
    const joined = await daemon.join(manager.url, PLAIN);
    await using calc = await connect<Calc>(`${manager.url}/Calc`, { msl: PLAIN });
    const heard: unknown[] = [];
    onNotification(calc, (args, keywords) => heard.push([args, keywords]));
    joined.notify(object, 73, kwargs({ at: "12:00" }));
    joined.notify("Calc", "text");
    joined.notify("nobody", "else");
    await expect
      .poll(() => heard)
      .toEqual([
        [[73], { at: "12:00" }],
        [["text"], {}],
      ]);
  });

  it("ends when a client asks, after what is running", async () => {
    await using manager = await startManager();
    const object = new Calc();
    await using daemon = daemonWith(object);
    const joined = await daemon.join(manager.url, PLAIN);
    await using calc = await connect<Calc>(`${manager.url}/Calc`, { msl: PLAIN });
    const running = calc.wait(0.2);
    const ended = shutdownService(calc, "done", kwargs({ when: "later" }));
    await expect(calc.power(2)).rejects.toThrow("is shutting down");
    expect(await Promise.all([running, ended])).toEqual(["waited", "bye"]);
    expect(object.ended).toBe("done later");
    await joined.left;
    expect(joined.services).toEqual([]);
    await expect(calc.power(2)).rejects.toMatchObject({ code: "ERR_UNKNOWN_SERVICE" });
  });

  it("cancels what takes too long, and says so", async () => {
    await using manager = await startManager();
    const object = new Calc();
    await using daemon = daemonWith(object);
    const joined = await daemon.join(manager.url, { ...PLAIN, shutdownMs: 100 });
    await using calc = await connect<Calc>(`${manager.url}/Calc`, { msl: PLAIN });
    const running = calc.untilCancelled();
    const deaf = calc.wait(60);
    const ended = shutdownService(calc, "enough");
    await expect(running).rejects.toThrow("was shut down before this was done");
    await expect(deaf).rejects.toThrow("was shut down before this was done");
    expect(await ended).toBe("bye");
    expect(object.cancelled).toBe(true);
    await joined.left;
  });

  it("is not ended by what its shutdown_service throws", async () => {
    await using manager = await startManager();
    class Stubborn {
      shutdown_service(): never {
        throw new Error("not now");
      }
      ping(): string {
        return "pong";
      }
    }
    expose(Stubborn, { shutdown_service: true, ping: true });
    await using daemon = new Daemon({ logger: SILENT });
    daemon.register("Stubborn", new Stubborn());
    await daemon.join(manager.url, PLAIN);
    await using proxy = await connect<Stubborn>(`${manager.url}/Stubborn`, { msl: PLAIN });
    await expect(shutdownService(proxy)).rejects.toThrow("not now");
    expect(await proxy.ping()).toBe("pong");
  });

  it("comes back when the manager does", async () => {
    const port = await freePort();
    await using daemon = daemonWith();
    await using first = await startManager(port);
    await daemon.join(first.url, PLAIN);
    const calc = await connect<Calc>(`${first.url}/Calc`, { msl: PLAIN });
    const call = calc.wait(60);
    const failed = expect(call).rejects.toMatchObject({ code: "ERR_CONNECTION_LOST" });
    await first.stop();
    await failed;
    await using _ = await startManager(port);
    const again = () => calc.power(3).catch((error: Error) => error.message);
    await expect.poll(again, { timeout: 15_000, interval: 100 }).toBe(9);
    await calc[Symbol.asyncDispose]();
  });

  it("comes and goes with what is registered", async () => {
    await using manager = await startManager();
    await using daemon = daemonWith();
    const joined = await daemon.join(manager.url, PLAIN);
    await using client = await connectManager(manager.url, PLAIN);
    const services = async () => [...(await client.identities()).services.keys()].sort();
    expect(await services()).toEqual(["Calc"]);
    daemon.register("Late", new Calc());
    await expect.poll(services).toEqual(["Calc", "Late"]);
    daemon.unregister("Calc");
    await expect.poll(services).toEqual(["Late"]);
    expect(joined.services).toEqual(["Late"]);
    await joined.close();
    await expect.poll(services).toEqual([]);
    daemon.register("Later", new Calc());
    expect(await services()).toEqual([]);
  });

  it("needs a name that is free", async () => {
    await using manager = await startManager();
    await using daemon = daemonWith();
    await daemon.join(manager.url, PLAIN);
    await using other = daemonWith();
    await expect(other.join(manager.url, PLAIN)).rejects.toMatchObject({
      name: "NamingError",
      code: "ERR_NAME_TAKEN",
      message: expect.stringContaining("A 'Calc' service is already running"),
    });
  });

  it("passes the hooks of its daemon", async () => {
    await using manager = await startManager();
    await using daemon = daemonWith();
    const seen: unknown[] = [];
    daemon.validateHandshake((caller, object) => {
      if (caller.address.startsWith("Mallory"))
        throw new RemoteError("builtins.PermissionError", ["go away"]);
      seen.push([caller.dialect, caller.address.replace(/\[.*/, ""), object]);
    });
    daemon.use((call, _caller, next) => {
      seen.push(call.member);
      return next();
    });
    await daemon.join(manager.url, PLAIN);
    seen.length = 0;
    const proxyOf = (name: string) =>
      connect<Calc>(`${manager.url}/Calc`, { msl: { ...PLAIN, name } });
    await using alice = await proxyOf("Alice");
    await alice.power(1);
    await alice.power(2);
    await using mallory = await proxyOf("Mallory");
    await expect(mallory.power(1)).rejects.toThrow("PermissionError: go away");
    expect(seen).toEqual([["msl", "Alice", "Calc"], "power", "power"]);
  });

  it("is refused where nobody listens", async () => {
    await using daemon = daemonWith();
    const port = await freePort();
    await expect(daemon.join(`msl://localhost:${port}`, PLAIN)).rejects.toMatchObject({
      code: "ERR_CONNECT",
    });
  });
});

describeWithPython("an object as a service of a stock manager", () => {
  checkLeaks();

  it("answers stock clients", async () => {
    await using manager = await StockManager.start();
    await using daemon = daemonWith();
    const joined = await daemon.join(manager.url, PLAIN);
    const output = runPython(
      `
      import sys
      from msl.network import LinkedClient
      client = LinkedClient("Calc", port=int(sys.argv[1]), disable_tls=True)
      heard = []
      client.notification_handler = lambda *args, **kwargs: heard.append((args, kwargs))
      print(client.add_numbers(1, 2, 3, 4), client.power(4), client.power(5, n=3), client.units())
      print(client.service_attributes["power"], client.service_max_clients)
      future = client.wait(0.1, asynchronous=True)
      print(client.power(2), future.result())
      try:
          client.fail("not a number")
      except RuntimeError as e:
          print(str(e).splitlines()[-1])
      print("ready", flush=True)
      while not heard:
          client.power(1)
      print(heard)
      client.shutdown_service("bye", when="now")
      client.disconnect()
      `,
      [String(manager.port)],
      { env: { MSL_NETWORK_HOME: manager.home } },
    );
    const notifying = setInterval(() => joined.notify("Calc", 1, kwargs({ t: [0.5] })), 50);
    const lines = (await output.finally(() => clearInterval(notifying))).trim().split("\n");
    expect(lines.slice(0, 5)).toEqual([
      "10 16 125 mm",
      "(a, n=2) -1",
      "4 waited",
      "ValueError: not a number",
      "ready",
    ]);
    expect(lines[5]).toMatch(/^\[\(\(1,\), \{'t': \[0\.5\]\}\)/);
    await joined.left;
  });
});
