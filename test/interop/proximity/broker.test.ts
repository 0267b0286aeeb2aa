import { afterEach, beforeEach, expect, it } from "vitest";
import { Request } from "zeromq";
import {
  connect,
  Daemon,
  describe as describeRemote,
  kwargs,
  type Remote,
  RemoteArithmeticError,
  SILENT,
  withOptions,
} from "../../../src/index.ts";
import { subscribe } from "../../../src/proximity/index.ts";
import { checkLeaks } from "../../support/leaks.ts";
import { describeWithPython, type PythonPeer, spawnPython } from "../../support/python.ts";

checkLeaks();

const PEER = new URL("../peers/proximity_broker.py", import.meta.url);
const BEAT_SECONDS = "0.2";

interface Maths {
  add_two(x: number, y: number): number;
  div_two(x: number, y: number): number;
  nothing(): void;
  wait(ms: number): Promise<number>;
}

class OurMaths {
  scale = 2;
  /** Sum of two values. */
  add_two(x: number, y = 1): number {
    return x + y;
  }
  div_two(x: number, y: number): number {
    if (y === 0) throw new RangeError("division by zero");
    return x / y;
  }
  wait(ms: number): Promise<number> {
    return new Promise((resolve) => setTimeout(resolve, ms, ms));
  }
}

describeWithPython.each(["json", "msgpack"] as const)("by a broker, in %s", (encoding) => {
  let broker: PythonPeer;
  let front: string;
  let back: string;
  let control: string;
  let publishing: string;
  const peers: AsyncDisposable[] = [];

  beforeEach(async () => {
    broker = await spawnPython(PEER, ["broker", BEAT_SECONDS], { ready: /READY/ });
    [front, back, control, publishing] = String(broker.lines[0]).split(" ") as [
      string,
      string,
      string,
      string,
    ];
    peers.push(broker);
  });
  afterEach(async () => {
    for (const peer of peers.splice(0).reverse()) await peer[Symbol.asyncDispose]();
  });

  const pythonWorker = async (name = "PLAYER1") => {
    const args = ["worker", back, name, encoding, BEAT_SECONDS];
    const worker = await spawnPython(PEER, args, { ready: /READY/ });
    peers.push(worker);
    return worker;
  };
  const maths = (options = {}) =>
    connect<Maths>(`proximity+broker://127.0.0.1:${front}/PLAYER1/maths`, {
      ...options,
      proximity: { encoding },
    });
  const ourWorker = async (url = `proximity+broker://127.0.0.1:${back}/PLAYER1` as const) => {
    const daemon = new Daemon({ logger: SILENT });
    peers.push(daemon);
    daemon.register("maths", new OurMaths(), { expose: /./ });
    const worker = await daemon.join(url, { heartbeatMs: 200, encoding });
    return { daemon, worker };
  };

  it("a Python worker is called", async () => {
    await pythonWorker();
    await using proxy = await maths();
    expect(describeRemote(proxy).members.get("add_two")?.doc).toBe("Sum of two values.");
    expect(await proxy.add_two(2, 3)).toBe(5);
    expect(await proxy.add_two(2, kwargs({ y: 5 }) as never)).toBe(7);
    expect(await proxy.nothing()).toBeNull();
    const sums = Array.from({ length: 50 }, (_, i) => proxy.add_two(i, 1));
    expect(await Promise.all(sums)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    // The stock client would take this for a result.
    await expect(proxy.div_two(1, 0)).rejects.toBeInstanceOf(RemoteArithmeticError);
    const other = proxy as unknown as Remote<{ no_such(): void }>;
    await expect(other.no_such()).rejects.toMatchObject({ code: "ERR_UNKNOWN_MEMBER" });
  });

  it("a worker that is not there is told as that, before and after", async () => {
    await expect(maths()).rejects.toMatchObject({ code: "ERR_NO_WORKER", retry: "later" });
    const worker = await pythonWorker();
    await using proxy = await maths();
    worker.kill("SIGKILL");
    await worker.exited;
    // The broker learns of it when it misses the heartbeats: until then it passes requests on.
    await expect(proxy.add_two(1, 1)).rejects.toMatchObject({
      code: "ERR_NO_WORKER",
      retry: "unknown",
    });
    await expect(proxy.add_two(1, 1)).rejects.toMatchObject({ retry: "later" });
    await pythonWorker();
    expect(await proxy.add_two(1, 1)).toBe(2);
  });

  it("our worker is called by Python, and outlives the broker's patience", async () => {
    const { worker } = await ourWorker();
    const args = ["client", front, "PLAYER1", encoding];
    await using client = await spawnPython(PEER, args, { ready: /READY/, channel: true });
    const run = async (line: string): Promise<unknown> => {
      const answer = client.nextLine(/^\[.*/);
      client.channel.write(`${line}\n`);
      return JSON.parse((await answer)[0]);
    };
    expect(await run("call('maths', 'list_methods')")).toEqual([
      "value",
      [true, expect.arrayContaining([["add_two", "usage: add_two(x, y=1)\nSum of two values."]])],
    ]);
    expect(await run("call('nobody', 'list_methods')")).toEqual([
      "value",
      [true, ["Interface error", "'nobody'"]],
    ]);
    expect(await run("call('maths', 'add_two', 40, y=2)")).toEqual(["value", 42]);
    expect(await run("call('maths', 'set_scale', 7)")).toEqual(["value", null]);
    expect(await run("call('maths', 'scale')")).toEqual(["value", 7]);
    expect(await run("call('maths', 'div_two', 1, 0)")).toEqual([
      "value",
      [false, "EXCEPTION", ["ValueError", "division by zero", expect.anything()]],
    ]);
    expect(await run("call('maths', 'no_such')")).toEqual([
      "value",
      [false, "EXCEPTION", ["KeyError", "'no_such'", ["  in dispatch\n"]]],
    ]);
    // Three of the broker's intervals and more, in which it hears nothing but heartbeats.
    expect(await run("call('maths', 'wait', 1200)")).toEqual(["value", 1200]);
    await worker.close();
    await expect
      .poll(() => run("call('maths', 'add_two', 1, 1)"), { timeout: 5000 })
      .toEqual(["value", "no such worker"]);
  });

  it("our client calls our worker, each call on its own", async () => {
    await ourWorker();
    await using proxy = await maths();
    const slow = proxy.wait(300);
    expect(await proxy.add_two(40, 2)).toBe(42);
    expect(await slow).toBe(300);
    await expect(withOptions(proxy, { timeout: 50 }).wait(300)).rejects.toMatchObject({
      code: "ERR_TIMEOUT",
      retry: "unknown",
    });
    // The late answer, to the same method, is nobody's.
    expect(await proxy.wait(400)).toBe(400);
  });

  it("what workers publish reaches those who subscribed", async () => {
    const { worker } = await ourWorker();
    const seen: unknown[] = [];
    const over = new AbortController();
    const options = { keys: ["SAMPLE:PLAYER1", "LOG", "Broker:"], encoding, signal: over.signal };
    const reading = (async () => {
      for await (const published of subscribe(`proximity://127.0.0.1:${publishing}`, options)) {
        seen.push([published.key, published.value]);
      }
    })();
    // Whoever subscribes misses what was published before the broker knew of it.
    await expect
      .poll(async () => {
        await worker.publish("sample", "temp", { t: 21.5 });
        return seen.length;
      })
      .toBeGreaterThan(0);
    expect(seen[0]).toEqual(["SAMPLE:PLAYER1:temp", { t: 21.5 }]);
    await worker.publish("alert", "hot", "unheard");
    await worker.publish("log", "", { msg: "x" });
    await expect.poll(() => seen.at(-1)).toEqual(["LOG:PLAYER1", { msg: "x" }]);
    await pythonWorker("OTHER");
    await expect.poll(() => seen.at(-1)).toEqual(["Broker:NewWorker", ["OTHER", "host1"]]);
    over.abort();
    await reading;
  });

  it("a worker leaves when the broker tells all to quit", async () => {
    const { worker } = await ourWorker();
    const socket = new Request({ linger: 0 });
    socket.connect(`tcp://127.0.0.1:${control}`);
    await socket.send(Buffer.of(0x11));
    expect(String(await socket.receive())).toBe("All workers sent the QUIT message");
    socket.close();
    await worker.left;
    await expect(worker.publish("log", "", "x")).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });

  it("nobody joins where no broker answers, nor listens there", async () => {
    const daemon = new Daemon({ logger: SILENT });
    peers.push(daemon);
    const url = "proximity+broker://127.0.0.1:1/PLAYER1";
    await expect(daemon.join(url, { timeout: 100 })).rejects.toMatchObject({
      code: "ERR_CONNECT_TIMEOUT",
    });
    await expect(daemon.listen(url)).rejects.toMatchObject({ code: "ERR_BAD_URL" });
    await expect(daemon.join("proximity+broker://127.0.0.1:1/")).rejects.toMatchObject({
      code: "ERR_BAD_URI",
    });
  });
});
