import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Router } from "zeromq";
import { Daemon, SILENT } from "../../src/index.ts";
import { checkLeaks } from "../support/leaks.ts";

checkLeaks();

const READY = "01";
let broker: Router;
let endpoint: string;
let daemon: Daemon;

const bind = async (at: string) => {
  broker = new Router({ linger: 0 });
  // A socket that was closed gives its port back a moment later.
  await vi.waitFor(() => broker.bind(at));
  endpoint = broker.lastEndpoint as string;
};
/** The next word of that kind, answered as a broker does. */
const hear = async (word: string): Promise<string> => {
  for (;;) {
    const [identity, said, host] = (await broker.receive()) as [Buffer, Buffer, Buffer];
    if (said.toString("hex") !== word) continue;
    expect(host.length).toBeGreaterThan(0);
    await broker.send([identity, Buffer.of(2)]);
    return String(identity);
  }
};

beforeEach(async () => {
  await bind("tcp://127.0.0.1:*");
  daemon = new Daemon({ logger: SILENT });
  daemon.register("maths", { add: (x: number, y: number) => x + y }, { expose: /./ });
});
afterEach(async () => {
  await daemon.close();
  broker.close();
});

const join = async () => {
  const url = `proximity+broker://${endpoint.slice("tcp://".length)}/WORKER` as const;
  const joining = daemon.join(url, { heartbeatMs: 50 });
  expect(await hear(READY)).toBe("WORKER");
  return await joining;
};

it("a worker joins a broker again that was restarted", async () => {
  await join();
  await hear("02");
  broker.close();
  await bind(endpoint);
  expect(await hear(READY)).toBe("WORKER");
});

it("a worker connects anew to a broker that has fallen silent", async () => {
  await join();
  // Its heartbeats are read, and none is answered, until it begins again.
  for (;;) {
    const [, said] = (await broker.receive()) as [Buffer, Buffer];
    if (said.toString("hex") === READY) break;
  }
});

it("a worker leaves with its daemon", async () => {
  const worker = await join();
  await daemon.close();
  await worker.left;
});
