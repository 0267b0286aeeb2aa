// What the batches of the client call. Run: node server.ts
import { setTimeout as sleep } from "node:timers/promises";
import { Daemon, expose, RemoteError } from "#bunsen";

export class Thingy {
  multiply(a: number, b: number): number {
    return a * b;
  }
  add(a: number, b: number): number {
    return a + b;
  }
  divide(a: number, b: number): number {
    // In JavaScript this would be Infinity; callers in Python expect their own error.
    if (b === 0) throw new RemoteError("builtins.ZeroDivisionError", ["division by zero"]);
    return Math.floor(a / b);
  }
  async delay(seconds: number): Promise<number> {
    await sleep(seconds * 1000);
    return seconds;
  }
  printmessage(message: string): number {
    console.log(message);
    return 0;
  }
}
expose(Thingy, { multiply: true, add: true, divide: true, delay: true, printmessage: true });

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("example.batched", new Thingy());
console.log("ready", daemon.uriFor("example.batched"));
