// Large data, four ways. Run: node server.ts
import { createServer } from "node:net";
import { crc32 } from "node:zlib";
import { callContext, Daemon, expose, type Tuple, tuple } from "#bunsen";

/** What is fetched by a socket of its own: each once. */
const blobs = new Map<string, Uint8Array>();

// Not Pyro: who connects sends an id of 36 characters, and gets the data.
const blobServer = createServer((socket) => {
  socket.once("data", (id) => {
    const data = blobs.get(id.toString());
    blobs.delete(id.toString());
    socket.end(data ?? "");
  });
});
await new Promise<void>((resolve) => blobServer.listen(0, "127.0.0.1", resolve));

export class FileServer {
  /** All of it, as one result. */
  get_with_pyro(size: number): Uint8Array {
    return new Uint8Array(size).fill(120);
  }

  /** A hundred pieces, as a stream. */
  *iterator(size: number): Generator<Uint8Array> {
    const piece = new Uint8Array(Math.floor(size / 100)).fill(120);
    for (let sent = 0; sent < size; sent += piece.length) yield piece.subarray(0, size - sent);
  }

  /** A stream of positions and checksums. The data goes beside it: annotations are never serialized. */
  *annotation_stream(withChecksum = false): Generator<Tuple> {
    const file = Buffer.alloc(55_000_000, "1234567890!");
    for (let sent = 0; sent < file.length; ) {
      const piece = file.subarray(sent, sent + 500_000);
      sent += piece.length;
      callContext().responseAnnotations.set("FDAT", piece);
      yield tuple(sent, withChecksum ? crc32(piece) : 0);
    }
  }

  /** Says where and by which id a blob can be fetched. */
  prepare_file_blob(size: number): Tuple {
    const id = crypto.randomUUID();
    blobs.set(id, new Uint8Array(size).fill(120));
    const { address, port } = blobServer.address() as { address: string; port: number };
    return tuple<unknown>(id, tuple<unknown>(address, port));
  }
}
expose(FileServer, {
  get_with_pyro: true,
  iterator: true,
  annotation_stream: true,
  prepare_file_blob: true,
});

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("example.filetransfer", new FileServer());
console.log("ready", daemon.uriFor("example.filetransfer"));
