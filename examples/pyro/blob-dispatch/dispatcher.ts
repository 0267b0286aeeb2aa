// Passes blobs on to whoever listens to their topic, unread. Needs a name server. Run: node dispatcher.ts
import { type Callback, Daemon, expose, type SerializedBlob } from "#bunsen";
import type { Listener } from "./listener.ts";

export class Dispatcher {
  readonly #listeners = new Map<unknown, Callback<Listener>[]>();

  register(topic: string, listener: Callback<Listener>): void {
    this.#listeners.set(topic, [...(this.#listeners.get(topic) ?? []), listener]);
    console.log(`New listener for topic ${topic}:`, listener);
  }

  /** The data is neither read nor written again: of a blob only `info` is known here. */
  async process_blob(blob: SerializedBlob): Promise<void> {
    console.log("Dispatching blob with name:", blob.info);
    const listeners = this.#listeners.get(blob.info) ?? [];
    await Promise.all(listeners.map((listener) => listener.process_blob(blob)));
  }
}
expose(Dispatcher, { register: true, process_blob: true });

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("dispatcher", new Dispatcher());
await daemon.announce("dispatcher", "example.blobdispatcher");
console.log("ready", daemon.uriFor("dispatcher"));
