// Fetches large data, four ways. Run: node client.ts URI
import { createConnection } from "node:net";
import { crc32 } from "node:zlib";
import { connect, type Remote, withOptions } from "#bunsen";
import type { FileServer } from "./server.ts";

const SIZE = 10 * 1024 * 1024;
const [uri = ""] = process.argv.slice(2);
await using server = await connect<FileServer>(uri, { serializer: "marshal" }); // bytes as they are

await timed("one result", async () => (await server.get_with_pyro(SIZE)).length);

await timed("a stream of pieces", async () => {
  let total = 0;
  for await (const piece of server.iterator(SIZE)) total += piece.length;
  return total;
});

await timed("annotations beside a stream", () => fromAnnotations(server));

await timed("a socket of its own", async () => {
  const [id, [host, port]] = (await server.prepare_file_blob(SIZE)) as [string, [string, number]];
  const socket = createConnection(port, host);
  socket.write(id);
  let total = 0;
  for await (const data of socket) total += (data as Buffer).length;
  return total;
});

async function fromAnnotations(server: Remote<FileServer>): Promise<number> {
  let piece: Uint8Array = new Uint8Array();
  let total = 0;
  const listening = withOptions(server, {
    onAnnotations: (annotations) => {
      piece = annotations.get("FDAT") ?? piece; // those of an item come just before it
    },
  });
  for await (const [position, checksum] of listening.annotation_stream(true)) {
    total += piece.length;
    if (crc32(piece) !== checksum || total !== position) throw new Error("the file is damaged");
  }
  return total;
}

async function timed(what: string, fetch: () => Promise<number>): Promise<void> {
  const begin = performance.now();
  const megabytes = (await fetch()) / 1024 / 1024;
  const perSecond = (megabytes / (performance.now() - begin)) * 1000;
  console.log(`${what}: ${megabytes.toFixed(0)} MB, ${perSecond.toFixed(0)} MB/s`);
}
