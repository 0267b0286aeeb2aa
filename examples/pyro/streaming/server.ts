// Items that are sent as they are asked for. Run: node server.ts
import { setTimeout as sleep } from "node:timers/promises";
import { Daemon, expose } from "#bunsen";

export class Streamer {
  list(): number[] {
    return [1, 2, 3, 4, 5, 6, 7, 8, 9];
  }
  iterator(): ArrayIterator<number> {
    return this.list().values();
  }
  *generator(): Generator<number> {
    yield* this.list();
  }
  async *slow_generator(): AsyncGenerator<number> {
    for (const number of this.list()) {
      await sleep(500);
      yield number;
    }
  }
  /** Has no end: it goes on as long as somebody asks. */
  *fibonacci(): Generator<number> {
    for (let [a, b] = [0, 1]; ; [a, b] = [b, a + b]) yield a;
  }
  get prop_iter(): ArrayIterator<number> {
    return [...this.list(), 10].values();
  }
  get prop_generator(): Generator<number> {
    return this.generator();
  }
}
expose(Streamer, {
  list: true,
  iterator: true,
  generator: true,
  slow_generator: true,
  fibonacci: true,
  prop_iter: true,
  prop_generator: true,
});

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("example.streamer", new Streamer());
console.log("ready", daemon.uriFor("example.streamer"));
