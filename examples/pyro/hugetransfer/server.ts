// Takes megabytes, and sends them. Run: node server.ts
import { Daemon, expose } from "#bunsen";

export class Testclass {
  /** Python sends bytes in the serializer serpent as base64 in a dict: they arrive as bytes all the same. */
  transfer(data: string | Uint8Array): number {
    console.log(`received ${data.length} ${typeof data === "string" ? "characters" : "bytes"}`);
    return data.length;
  }

  /** A chunk is made when the caller wants it, so there is never more than that in memory. */
  *download_chunks(size: number): Generator<Uint8Array> {
    console.log(`client requests a 'streaming' download of ${size} bytes`);
    const chunk = new Uint8Array(200_000);
    for (let sent = 0; sent < size; sent += chunk.length) yield chunk.subarray(0, size - sent);
  }
}
expose(Testclass, { transfer: true, download_chunks: true });

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("example.hugetransfer", new Testclass());
console.log("ready", daemon.uriFor("example.hugetransfer"));
