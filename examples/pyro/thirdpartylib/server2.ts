// Serves an adapter, which decides what is called and what is returned. Run: node server2.ts
import { Daemon, expose } from "#bunsen";
import { AwesomeClass } from "./awesome_thirdparty_library.ts";

export class AwesomeAdapter {
  readonly #adapted = new AwesomeClass();

  method(arg: string): string {
    console.log("Adapter class is called...");
    return this.#adapted.method(arg);
  }
  /** A text in place of the library's own class. */
  weird(): string {
    return `weird ${this.#adapted.weird().value}`;
  }
}
expose(AwesomeAdapter, { method: true, weird: true });

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
const { uri } = daemon.register("example.thirdpartylib", new AwesomeAdapter());
console.log("adapter registered, uri:", uri);
