import { Daemon, expose, SILENT } from "../../src/index.ts";

/** A number that a simulated instrument gives as often as it is told to. */
class Channel {
  /** How many were allowed so far, of all channels. */
  static #allowed = 0;
  static #changed = Promise.withResolvers<void>();
  #given = 0;
  #exhausted = Promise.withResolvers<void>();

  /** Lets every channel give so many more; resolves when those that are read have. */
  static async allow(channels: readonly Channel[], count: number): Promise<void> {
    Channel.#allowed += count;
    for (const channel of channels) channel.#exhausted = Promise.withResolvers<void>();
    Channel.#changed.resolve();
    Channel.#changed = Promise.withResolvers<void>();
    await Promise.all(channels.map((channel) => channel.#exhausted.promise));
  }

  async *samples(): AsyncGenerator<number> {
    for (;;) {
      while (this.#given < Channel.#allowed) {
        this.#given += 1;
        yield Math.sin(this.#given / 50) + Math.random() / 10;
      }
      this.#exhausted.resolve();
      await Channel.#changed.promise;
    }
  }
}
expose(Channel, { samples: true });

/** A gateway with its console: a thousand names, and channels that can be plotted. */
export class BenchLab implements AsyncDisposable {
  readonly #daemon = new Daemon({ logger: SILENT });
  readonly #channels: Channel[] = [];
  url = "";

  constructor({ names, channels }: { readonly names: number; readonly channels: number }) {
    for (let i = 0; i < channels; i++) {
      const channel = new Channel();
      this.#channels.push(channel);
      this.#daemon.register(`bench.channel${i}`, channel);
    }
    for (let i = this.#channels.length; i < names; i++) {
      this.#daemon.register(`bench.object${String(i).padStart(4, "0")}`, new Channel());
    }
  }

  async listen(): Promise<void> {
    ({ url: this.url } = await this.#daemon.listen("http://localhost:0"));
  }

  /** Has each channel give so many samples to who reads it. */
  give(count: number): Promise<void> {
    return Channel.allow(this.#channels, count);
  }

  /** What a page keeps when these channels are on one of its plots. */
  get plots(): string {
    const sources = this.#channels.map((_, i) => ({
      object: `bench.channel${i}`,
      kind: "stream",
      member: "samples",
    }));
    return JSON.stringify([{ sources }]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#daemon.close();
  }
}
