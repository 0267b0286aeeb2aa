import { fileURLToPath } from "node:url";
import grpc, { type ServerWritableStream, type ServiceError } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { NodeContender } from "../contender.ts";
import { callLoads, type Peer } from "../load.ts";

interface Text {
  text: string;
}
interface Blob {
  data: Buffer;
}
interface Item {
  value: number;
}
type Answer<T> = (error: ServiceError | null, value: T) => void;

/** A client as grpc-js makes it of the definition. */
interface BenchClient extends grpc.Client {
  echo(request: Text, answer: Answer<Text>): void;
  bytes(request: Blob | { data: Uint8Array }, answer: Answer<Blob>): void;
  items(request: { count: number }): AsyncIterable<Item> & { cancel(): void };
}

const definition = grpc.loadPackageDefinition(
  loadSync(fileURLToPath(new URL("bench.proto", import.meta.url))),
);
const Bench = definition["Bench"] as grpc.ServiceClientConstructor;

const contender: NodeContender = {
  async serve() {
    const server = new grpc.Server();
    server.addService(Bench.service, {
      echo: ({ request }: { request: Text }, answer: Answer<Text>) => answer(null, request),
      bytes: ({ request }: { request: Blob }, answer: Answer<Blob>) => answer(null, request),
      items: sendItems,
    });
    return new Promise((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
        if (error) reject(error);
        else resolve(port);
      });
    });
  },

  loads(port) {
    return callLoads(async () => peerOf(port));
  },
};

export default contender;

async function sendItems(call: ServerWritableStream<{ count: number }, Item>): Promise<void> {
  let wake = () => {};
  call.on("drain", () => wake());
  call.on("cancelled", () => wake());
  for (let value = 0; value < call.request.count; value++) {
    const more = call.write({ value });
    if (!more && !call.cancelled) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (call.cancelled) return;
  }
  call.end();
}

function peerOf(port: number): Peer {
  const client = new Bench(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
    // Clients of one process share a connection unless they are told not to.
    "grpc.use_local_subchannel_pool": 1,
  }) as unknown as BenchClient;
  return {
    echo: (text) =>
      new Promise((resolve, reject) => {
        client.echo({ text }, (error, value) => (error ? reject(error) : resolve(value.text)));
      }),
    bytes: (data) =>
      new Promise((resolve, reject) => {
        client.bytes({ data }, (error, value) => (error ? reject(error) : resolve(value.data)));
      }),
    items: (count) => itemsOf(client, count),
    close: () => client.close(),
  };
}

async function* itemsOf(client: BenchClient, count: number): AsyncIterable<number> {
  const call = client.items({ count });
  try {
    for await (const { value } of call) yield value;
  } finally {
    call.cancel();
  }
}
