// Proxies and threads. Needs a name server. Run: node client.ts
import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { connect, Daemon, locateNameServer, type NameServerClient, uriOf } from "#bunsen";

interface Pingable {
  ping(): void;
}

if (isMainThread) {
  await using names: NameServerClient = await locateNameServer();
  await using proxy = await connect<Pingable>(names.uri);
  await proxy.ping();

  // A thread shares no objects with another: a proxy cannot even be handed over.
  try {
    structuredClone(proxy);
    console.log("You should not see this!! the proxy was copied");
  } catch (error) {
    console.log("Expected exception:", (error as Error).message);
  }

  console.log("Solution 1: a proxy of its own in the other thread.");
  await runWorker({ uri: uriOf(proxy) });

  console.log(
    "Solution 2: the other thread calls by way of this one, and uses the connection that is there.",
  );
  await using daemon = new Daemon();
  daemon.register("names", proxy); // a remote object that is served on
  await runWorker({ uri: undefined }, daemon);
  await proxy.ping();
  console.log("and this thread may use it as well");
} else {
  const { uri } = workerData as { uri: string | undefined };
  const target = uri ?? { stream: parentPort as NonNullable<typeof parentPort>, object: "names" };
  await using proxy = await connect<Pingable>(target);
  await proxy.ping();
  console.log("The call succeeded in the other thread");
}

async function runWorker(workerData: { uri: string | undefined }, daemon?: Daemon): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData });
  daemon?.serve(worker);
  await once(worker, "exit");
}
