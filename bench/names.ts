import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { locateNameServer, type SerializerName, startNameServer } from "../src/index.ts";

/**
 * How long a name server with 100,000 names keeps its other clients waiting while one has them all listed: the longest
 * turn of its event loop, in the processor's time, so that what else the machine does counts little. `node
 * bench/names.ts`; the client runs in a thread of its own.
 */
const NAMES = 100_000;
const ROUNDS = 3;

interface Task {
  readonly port: number;
  readonly serializer: SerializerName;
  readonly metadata: boolean;
}

if (isMainThread) await measure();
else await list(workerData as Task);

async function measure(): Promise<void> {
  await using server = await startNameServer({ port: 0, broadcastPort: false });
  for (let i = 0; i < NAMES; i++) {
    server.names.register(`lab.device.${i}`, `PYRO:obj_${i}@10.0.0.5:9999`, false, ["a tag"]);
  }
  const port = server.uri.location.kind === "tcp" ? server.uri.location.port : 0;
  console.log(`${NAMES} names listed by prefix: longest turn, in each of ${ROUNDS} rounds`);
  for (const serializer of ["serpent", "json", "marshal", "msgpack"] as const) {
    for (const metadata of [false, true]) {
      const pauses: number[] = [];
      for (let i = 0; i < ROUNDS; i++)
        pauses.push(await pauseDuring({ port, serializer, metadata }));
      const what = `${serializer}${metadata ? " with metadata" : ""}`;
      console.log(`${what.padEnd(24)} ${pauses.map((ms) => `${ms.toFixed(0)} ms`).join(", ")}`);
    }
  }
}

async function pauseDuring(task: Task): Promise<number> {
  const worker = new Worker(new URL(import.meta.url), { workerData: task });
  await new Promise((resolve) => worker.once("message", resolve)); // connected
  let longest = 0;
  let last = workedMs();
  let done = false;
  const tick = () => {
    const now = workedMs();
    longest = Math.max(longest, now - last);
    last = now;
    if (!done) setImmediate(tick);
  };
  tick();
  worker.postMessage("go");
  await new Promise((resolve) => worker.once("message", resolve));
  done = true;
  await worker.terminate();
  return longest;
}

/** What this thread has worked so far. */
function workedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

async function list({ port, serializer, metadata }: Task): Promise<void> {
  const names = await locateNameServer({ host: "localhost", port, channel: { serializer } });
  parentPort?.postMessage("connected");
  await new Promise((resolve) => parentPort?.once("message", resolve));
  const prefix = { prefix: "lab." };
  await (metadata ? names.listWithMetadata(prefix) : names.list(prefix));
  parentPort?.postMessage("done");
  await names.close();
}
