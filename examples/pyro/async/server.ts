// A slow method and two quick ones. Run: node server.ts
import { setTimeout as sleep } from "node:timers/promises";
import { Daemon, expose, RemoteError } from "#bunsen";

export class Thingy {
  async divide(a: number, b: number): Promise<number> {
    console.log(`dividing ${a} by ${b} after a slight delay`);
    await sleep(3000);
    // In JavaScript this would be Infinity; callers in Python expect their own error.
    if (b === 0) throw new RemoteError("builtins.ZeroDivisionError", ["division by zero"]);
    return Math.floor(a / b);
  }
  multiply(a: number, b: number): number {
    console.log(`multiply ${a} by ${b}, no delay`);
    return a * b;
  }
  add(value: number, increase: number): number {
    console.log(`adding ${increase} to ${value}, no delay`);
    return value + increase;
  }
}
expose(Thingy, { divide: true, multiply: true, add: true });

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("example.async", new Thingy());
console.log("ready", daemon.uriFor("example.async"));
