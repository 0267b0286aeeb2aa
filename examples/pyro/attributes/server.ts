// Attributes that callers read and set. Run: node server.ts
import { Daemon, expose } from "#bunsen";

export class Thingy {
  /** Exposed below as `prop_value`; by itself nobody outside can reach it. */
  value = 42;
  sub = { name: "value" };

  get prop_value(): number {
    return this.value;
  }
  set prop_value(value: number) {
    this.value = value;
  }
  get prop_sub(): Record<string, string> {
    return this.sub;
  }
  getValue(): number {
    return this.value;
  }
  /** A name of Python's kind. Those that Python itself calls, such as `__init__`, are never exposed. */
  __dunder__(): string {
    return "yep";
  }
}
expose(Thingy, { prop_value: true, prop_sub: true, getValue: true, __dunder__: true });

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("example.attributes", Thingy); // the class: an instance for each connection
console.log("ready", daemon.uriFor("example.attributes"));
