// In a project of your own, import from "bunsen".
import { Daemon, expose } from "#bunsen";

export class Greeter {
  /** Whom the greeter likes best. */
  favourite = "Ada";

  /** Says hello. */
  hello(name: string): string {
    return `Hello, ${name}!`;
  }

  /** Counts down to 1, one number a tenth of a second. */
  async *countdown(from: number): AsyncGenerator<number> {
    for (let n = from; n > 0; n--) {
      yield n;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
expose(Greeter, { favourite: true, hello: true, countdown: true });

const daemon = new Daemon();
daemon.register("greeter", new Greeter());
await daemon.listen("pyro://localhost:9999");
console.log("ready", daemon.uriFor("greeter"));
