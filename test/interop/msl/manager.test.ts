import { mkdtempDisposableSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { ManagerDatabase } from "../../../src/msl/manager/database.ts";
import { Manager } from "../../../src/msl/manager/manager.ts";
import type { ManagerOptions } from "../../../src/msl/manager/options.ts";
import { RawPeer } from "../../msl/manager/raw-peer.ts";
import { checkLeaks } from "../../support/leaks.ts";
import {
  describeWithPython,
  type PythonPeer,
  runPython,
  spawnPython,
} from "../../support/python.ts";

checkLeaks();

const SERVICE = new URL("peers/service.py", import.meta.url);

/** A manager of ours, with a home that Python's peers share. */
class Network implements AsyncDisposable {
  readonly manager: Manager;
  readonly home: string;
  readonly #stack: AsyncDisposableStack;

  static async start(options: ManagerOptions = {}): Promise<Network> {
    const stack = new AsyncDisposableStack();
    const home = stack.use(mkdtempDisposableSync(join(tmpdir(), "bunsen-msl-"))).path;
    using database = await ManagerDatabase.open(join(home, "manager.sqlite3"));
    await database.users.add("alice", "wönder land", { isAdmin: true });
    await database.users.add("bob", "builder");
    const manager = stack.use(await Manager.start({ port: 0, home, disableTls: true, ...options }));
    return new Network(manager, home, stack);
  }

  private constructor(manager: Manager, home: string, stack: AsyncDisposableStack) {
    this.manager = manager;
    this.home = home;
    this.#stack = stack;
  }

  /** Starts a stock service, and waits until the manager knows it. */
  async service(options: Record<string, unknown> = {}): Promise<PythonPeer> {
    const given = { disable_tls: true, ...options };
    const args = [`${this.manager.port}`, JSON.stringify(given)];
    const peer = this.#stack.use(
      await spawnPython(SERVICE, args, { ready: /starting/, env: this.env }),
    );
    const name = String(options["name"] ?? "Calc");
    for (let turn = 0; turn < 500 && !this.services.includes(name); turn++) await sleep(10);
    expect(this.services, `${peer.stderr}`).toContain(name);
    return peer;
  }

  /** Runs code with a stock client, `cxn`, that is connected with `options`; returns what it prints as JSON. */
  async client(code: string, options = "disable_tls=True"): Promise<unknown> {
    const script = `
import json, sys, threading, time
from msl.network import connect, LinkedClient
PORT = ${this.manager.port}
def attempt(call):
    try:
        return call()
    except Exception as error:
        return type(error).__name__ + ": " + str(error)
cxn = connect(port=PORT, ${options})
out = []
${code.replaceAll(/^ {6}/gm, "").trim()}
cxn.disconnect()
print(json.dumps(out))
`;
    const printed = await runPython(script, [], { env: this.env, timeoutMs: 60_000 });
    return JSON.parse(printed.trim().split("\n").at(-1) ?? "");
  }

  get env() {
    return { MSL_NETWORK_HOME: this.home };
  }

  get services(): string[] {
    return Object.keys(this.manager.identity()["services"] as object);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

const returned = (port: number, text: string) =>
  `RuntimeError: Manager[localhost:${port}] returned the following exception:\n\n${text}`;

describeWithPython("stock peers of 1.0 at our manager", () => {
  it("call each other, with every kind of value", async () => {
    await using network = await Network.start();
    await network.service();
    const out = await network.client(`
      calc = cxn.link("Calc")
      out += [calc.add(2), calc.add(2, y=40), calc.units(), calc.echo(1, [2.5, None, True], a={"é": "😀"})]
      out += [repr(calc.odd()), repr(calc.echo(float("nan"), 2**70))]
      out += [calc.service_attributes["add"], calc.service_max_clients, len(calc.text(2_000_000))]
    `);
    expect(out).toEqual([
      3,
      42,
      "mm",
      [[1, [2.5, null, true]], { a: { é: "😀" } }],
      "[nan, inf, -inf, 1180591620717411303424, 1.0, -0.0, '\\u2028']",
      "[[nan, 1180591620717411303424], {}]",
      "(x: float, y: float = 1) -> float",
      -1,
      2_000_000,
    ]);
  });

  it("learn of errors, and go on", async () => {
    await using network = await Network.start();
    await network.service();
    const out = (await network.client(`
      calc = cxn.link("Calc")
      out += [attempt(calc.fail), attempt(calc.complex), attempt(calc.nope), attempt(lambda: calc.add())]
      out += [attempt(lambda: cxn.link("Nope")), calc.add(1)]
    `)) as string[];
    const { port } = network.manager;
    expect(out[0]).toBe(returned(port, "ValueError: x must be\npositive"));
    expect(out[1]).toContain("TypeError: Object of type complex is not JSON serializable");
    expect(out[2]).toBe(returned(port, "AttributeError: 'Calc' object has no attribute 'nope'"));
    expect(out[3]).toContain("TypeError: Calc.add() missing 1 required positional argument: 'x'");
    expect(out[4]).toMatch(
      /KeyError: "the 'Nope' service does not exist, cannot link with Client\[.+:\d+\]"$/,
    );
    expect(out[5]).toBe(2);
  });

  it("go on after answers that no client could read", async () => {
    await using network = await Network.start();
    await using odd = await RawPeer.service(network.manager.port, "Odd");
    const asked = network.client(`
      odd = cxn.link("Odd")
      for i in range(5):
          try:
              out.append(odd.value(timeout=20))
          except RuntimeError as e:
              out.append(str(e).splitlines()[-1])
    `);
    const deep = `${"[".repeat(250)}${"]".repeat(250)}`;
    for (const more of [
      '"error": true, "message": 42, "traceback": null',
      '"error": true, "message": "ValueError: no", "traceback": ["a", {"b": 1}]',
      `"error": false, "result": ${deep}`,
      '"error": false, "result": damaged',
      '"error": false, "result": "fine"',
    ]) {
      const { uid, requester } = await odd.nextMessage();
      const head = `{"uid": ${JSON.stringify(uid)}, "requester": ${JSON.stringify(requester)}`;
      odd.send(`${head}, ${more}}\r\n`);
      if (more.includes("damaged")) await odd.nextMessage();
    }
    expect(await asked).toEqual([
      "42",
      "ValueError: no",
      expect.stringContaining("more than 200 brackets are open"),
      expect.stringContaining("the line is not a message"),
      "fine",
    ]);
  });

  it("have many requests under way at once, answered as they are done", async () => {
    await using network = await Network.start();
    await network.service();
    const out = await network.client(`
      calc = cxn.link("Calc")
      slow = calc.wait(0.3, tag="slow", asynchronous=True)
      fast = [calc.add(i, asynchronous=True) for i in range(200)]
      out += [sum(f.result() for f in fast), slow.done(), slow.result()]
      out.append(attempt(lambda: calc.wait(5, timeout=0.1)))
      out.append(calc.add(1))
    `);
    expect(out).toEqual([20_100, false, "slow", expect.stringContaining("TimeoutError"), 2]);
  });

  it("get notifications while they are linked", async () => {
    await using network = await Network.start();
    await network.service();
    const out = await network.client(`
      from msl.network.client import Link
      got = []
      calc = cxn.link("Calc")
      other = connect(port=PORT, disable_tls=True, name="Other")
      far = other.link("Calc")
      calc.notification_handler = lambda *a, **k: got.append(["calc", a, k])
      far.notification_handler = lambda *a, **k: got.append(["far", a, k])
      calc.emit(1, "x", t=[0.5])
      time.sleep(0.2)
      far.unlink()
      calc.emit(2)
      time.sleep(0.2)
      other.disconnect()
      out += sorted(got, key=str)
    `);
    expect(out).toEqual([
      ["calc", [1, "x"], { t: [0.5] }],
      ["calc", [2], {}],
      ["far", [1, "x"], { t: [0.5] }],
    ]);
  });

  it("link up to max_clients, and lock", async () => {
    await using network = await Network.start();
    await network.service({ max_clients: 2 });
    const out = (await network.client(`
      others = [connect(port=PORT, disable_tls=True, name=n) for n in ("B", "C")]
      a, b = cxn.link("Calc"), others[0].link("Calc")
      out.append(attempt(lambda: others[1].link("Calc")))
      out.append(attempt(lambda: a.acquire_lock()))
      out.append(len(a.acquire_lock(shared=True)))
      b.unlink()
      out.append(attempt(lambda: others[1].link("Calc")))
      out.append(a.release_lock())
      out.append(type(others[1].link("Calc")).__name__)
      out.append(attempt(lambda: b.add(1)))
      for other in others: other.disconnect()
    `)) as string[];
    const host = hostname();
    const clients = String.raw`\n  B\[${host}:\d+\]\n  Client\[${host}:\d+\]$`;
    expect(out[0]).toMatch(
      new RegExp(
        `PermissionError: The maximum number of Clients are already linked with 'Calc'\nThe linked Clients are:${clients}`,
      ),
    );
    expect(out[1]).toMatch(
      new RegExp(
        `cannot acquire an exclusive lock, there are 2 links with the 'Calc' service\nThe linked Clients are:${clients}`,
      ),
    );
    expect(out[2]).toBe(2);
    expect(out[3]).toContain("PermissionError: 'Calc' service is locked");
    expect(out.slice(4, 6)).toEqual([[], "Link"]);
    expect(out[6]).toContain("since the link has been broken");
  });

  it("are told when a service goes in the middle of a request, and when it is not there", async () => {
    await using network = await Network.start();
    await network.service();
    const out = (await network.client(`
      calc = cxn.link("Calc")
      out += [attempt(calc.leave), attempt(lambda: calc.add(1)), cxn.is_connected()]
      out.append(attempt(lambda: sorted(cxn.identities())))
    `)) as string[];
    expect(out[0]).toContain(
      "ConnectionAbortedError: the 'Calc' Service disconnected from Manager[",
    );
    // With a stock manager this call never returns.
    expect(out[1]).toContain("KeyError: \"the 'Calc' Service is not connected to Manager[");
    expect(out[2]).toBe(true);
    expect(out[3]).toContain("services");
  });

  it("shut a service down, with arguments", async () => {
    await using network = await Network.start();
    const service = await network.service();
    const out = await network.client(`
      calc = cxn.link("Calc")
      out.append(calc.shutdown_service(1, why="done"))
    `);
    expect(out).toEqual([[[1], { why: "done" }]]);
    await service.nextLine(/^ended$/);
    expect(network.services).toEqual([]);
  });

  it("use a LinkedClient, spawn, and print identities", async () => {
    await using network = await Network.start();
    await network.service();
    const out = (await network.client(`
      linked = LinkedClient("Calc", port=PORT, disable_tls=True, name="L")
      twin = linked.spawn("Twin")
      out += [linked.add(1), twin.add(2), cxn.identities(as_string=True)]
      twin.disconnect(); linked.disconnect(); linked.disconnect()
    `)) as string[];
    expect(out.slice(0, 2)).toEqual([2, 3]);
    expect(out[2]).toMatch(/^Manager\[.*Clients \[3\]:.*Twin\[.*Services \[1\]:\n {2}Calc\[/s);
  });

  it("pass 110 MB both ways", async () => {
    await using network = await Network.start();
    await network.service();
    const out = await network.client(`
      calc = cxn.link("Calc")
      text = "é" * 55_000_000
      (args, kwargs), = [calc.echo(text)]
      out += [args[0] == text, len(calc.text(55_000_000, asynchronous=True).result())]
    `);
    expect(out).toEqual([true, 55_000_000]);
  }, 120_000);
});

describeWithPython("stock peers of 1.0 authenticate at our manager", () => {
  it.each([
    ["a password for all", { authPassword: "open sesame" }, { password_manager: "open sesame" }],
    ["a login", { authLogin: true }, { username: "bob", password: "builder" }],
    ["the name of their host", { authHostname: true }, {}],
  ])("with %s", async (_, options, credentials) => {
    await using network = await Network.start(options);
    await network.service(credentials);
    const given = Object.entries({ ...credentials })
      .map(([name, value]) => `${name}="${value}"`)
      .join(", ");
    const out = await network.client(
      `out.append(cxn.link("Calc").add(1))`,
      `disable_tls=True, ${given}`,
    );
    expect(out).toEqual([2]);
  });

  it.each([
    [
      "the wrong password",
      { authPassword: "a" },
      'password_manager="b"',
      "ValueError: Wrong Manager password",
    ],
    [
      "an unknown user",
      { authLogin: true },
      'username="eve", password="b"',
      "ValueError: Unregistered user",
    ],
    [
      "a user's wrong password",
      { authLogin: true },
      'username="bob", password="b"',
      "ValueError: Wrong login password",
    ],
  ])("but not with %s", async (_, options, given, text) => {
    await using network = await Network.start(options);
    const failing = network.client("", `disable_tls=True, ${given}`);
    await expect(failing).rejects.toThrow(text);
  });

  it("but not from a host that is not trusted", async () => {
    await using network = await Network.start({ authHostname: true });
    using database = await ManagerDatabase.open(join(network.home, "manager.sqlite3"));
    database.trustedHosts.add("elsewhere");
    for (const host of database.trustedHosts.list()) {
      if (host !== "elsewhere") database.trustedHosts.remove(host);
    }
    await expect(network.client("")).rejects.toThrow(
      "ValueError: 'localhost' is not a trusted hostname",
    );
  });

  it("over TLS, with large messages", async () => {
    await using network = await Network.start({ disableTls: false, host: "localhost" });
    await network.service({ disable_tls: false });
    const out = await network.client(
      `
      calc = cxn.link("Calc")
      text = "é" * 2_000_000
      out += [calc.echo(text)[0][0] == text, len(calc.text(5_000_000))]
    `,
      'host="localhost"',
    );
    expect(out).toEqual([true, 5_000_000]);
  });

  it("and trust its certificate on first use, by the name of the host", async () => {
    await using network = await Network.start({ disableTls: false });
    const file = network.manager.certificate?.file;
    expect(file).toBe(join(network.home, "certs", "localhost.crt"));
    // The peers have another home: they fetch the certificate, and keep it.
    using elsewhere = mkdtempDisposableSync(join(tmpdir(), "bunsen-msl-"));
    const script = `
import sys
from msl.network import connect
for turn in range(2):
    cxn = connect(port=${network.manager.port}, host=sys.argv[1], auto_save=True)
    print(cxn.identity()["name"] if "name" in cxn.identity() else cxn.identity()["type"])
    cxn.disconnect()
`;
    for (const host of ["localhost", "127.0.0.1"]) {
      const printed = await runPython(script, [host], {
        env: { MSL_NETWORK_HOME: elsewhere.path },
      });
      expect(printed).toBe("Client\nClient\n");
    }
  });
});

describeWithPython("administrators of 1.0 at our manager", () => {
  it("read and change users, hosts and the log of connections", async () => {
    await using network = await Network.start({ authLogin: true });
    const out = (await network.client(
      `
      ask = cxn.admin_request
      out += [ask("port") == PORT, ask("login"), ask("users_table.usernames"), ask("users_table.users")]
      ask("users_table.insert", "carol", "pw", False)
      ask("users_table.update", "carol", is_admin=True)
      out += [ask("users_table.is_admin", "carol"), ask("users_table.is_password_valid", "carol", "pw")]
      ask("users_table.delete", "carol")
      out += [ask("users_table.is_user_registered", "carol"), attempt(lambda: ask("users_table.delete", "carol"))]
      ask("hostnames_table.insert", "pi")
      out += ["pi" in ask("hostnames_table.hostnames"), ask("set_logging_level", "WARNING"), ask("set_logging_level", "x")]
      out += [ask("connections_table.connections")[0][5], len(ask("connections_table.connections", start="2999-01-01"))]
      out += [attempt(lambda: ask("_loop")), list(ask("clients").values())[0]["name"]]
    `,
      'disable_tls=True, username="alice", password="wönder land"',
    )) as unknown[];
    expect(out.slice(0, 7)).toEqual([
      true,
      true,
      ["alice", "bob"],
      [
        ["alice", true],
        ["bob", false],
      ],
      true,
      true,
      false,
    ]);
    expect(out[7]).toContain('ValueError: there is no user "carol"');
    expect(out.slice(8, 13)).toEqual([true, true, false, "new connection request", 0]);
    expect(out[13]).toContain("AttributeError: 'Manager' object has no attribute '_loop'");
    expect(out[14]).toBe("Client");
  });

  it("are asked who they are where nobody had to log in, and others are refused", async () => {
    await using network = await Network.start();
    const options = 'disable_tls=True, username="bob", password="builder"';
    const out = await network.client(
      'out.append(attempt(lambda: cxn.admin_request("port")))',
      options,
    );
    expect(out).toEqual([
      expect.stringContaining(
        "ValueError: You must be an administrator to send this request to the Manager",
      ),
    ]);
    const admin = 'disable_tls=True, username="alice", password="wönder land"';
    const port = await network.client('out.append(cxn.admin_request("port"))', admin);
    expect(port).toEqual([network.manager.port]);
  });

  it("shut the manager down: services end, and clients learn of it", async () => {
    await using network = await Network.start();
    const service = await network.service();
    const out = await network.client(
      `
      other = connect(port=PORT, disable_tls=True, name="Other")
      waiting = other.link("Calc").wait(30, asynchronous=True)
      out.append(cxn.admin_request("shutdown_manager"))
      out.append(attempt(waiting.result))
    `,
      'disable_tls=True, username="alice", password="wönder land"',
    );
    expect(out).toEqual([null, expect.stringMatching(/^Connection(Aborted|Reset)?Error/)]);
    await network.manager.closed;
    await service.nextLine(/^ended$/);
  });
});

describe("a manager of ours", () => {
  it("says where it is", async () => {
    await using network = await Network.start();
    expect(network.manager.address).toBe(`${hostname()}:${network.manager.port}`);
  });
});
