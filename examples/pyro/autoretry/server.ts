// Closes connections that are silent for half a second. Run: node server.ts
import { Daemon, expose } from "#bunsen";

export class CalcServer {
  add(num1: number, num2: number): number {
    console.log(`calling add: ${num1}, ${num2}`);
    return num1 + num2;
  }
}
expose(CalcServer, { add: true });

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0", { idleTimeoutMs: 500 }); // Pyro's COMMTIMEOUT
daemon.register("calc", new CalcServer());
await daemon.announce("calc", "example.autoretry");
console.log("ready", daemon.uriFor("calc"));
