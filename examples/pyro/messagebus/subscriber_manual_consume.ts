// Prints the weather when it likes to. Run: node subscriber_manual_consume.ts [HOST]
import { setTimeout as sleep } from "node:timers/promises";
import { Daemon } from "#bunsen";
import type { Message } from "./messagebus/message.ts";
import { connectToBus } from "./messagebus/messagebus.ts";
import { Subscriber } from "./messagebus/subscriber.ts";

class Subber extends Subscriber {
  protected override consumeMessage(topic: string, message: Message): void {
    console.log("\nPROCESSING MESSAGE:");
    console.log("   topic:", topic);
    console.log("    data:", message.data);
  }

  async manualLoop(): Promise<void> {
    for (let processed = 0; processed < 5; processed++) {
      await sleep(500);
      console.log("\nApprox. number of received messages:", this.waiting);
      await this.consumeNext();
    }
    console.log("\nEnd.");
  }
}

const [host = ""] = process.argv.slice(2);
await using daemon = new Daemon();
await daemon.listen(`pyro://${host || "localhost"}:0`);
const subber = new Subber();
daemon.register("subber", subber);

await using bus = await connectToBus();
await bus.subscribe("weather-forecast", subber);
console.log("Entering message loop, you should see the msg count increasing.");
await subber.manualLoop();
await bus.unsubscribe("weather-forecast", subber);
console.log("Unsubscribed. Entering message loop again, you should see the msg count decrease.");
await subber.manualLoop();
