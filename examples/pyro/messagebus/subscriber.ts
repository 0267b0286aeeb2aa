// Prints the weather as it comes. Run: node subscriber.ts [HOST], the name of this machine if the bus is on another
import { Daemon } from "#bunsen";
import type { Message } from "./messagebus/message.ts";
import { connectToBus } from "./messagebus/messagebus.ts";
import { Subscriber } from "./messagebus/subscriber.ts";

class Subber extends Subscriber {
  protected override consumeMessage(topic: string, message: Message): void {
    console.log("\nGOT MESSAGE:");
    console.log("   topic:", topic);
    console.log("   msgid:", message.msgid);
    console.log(" created:", message.created);
    console.log("    data:", message.data);
  }
}

const [host = ""] = process.argv.slice(2);
// Subscriptions outlive connections, and the bus itself: so it calls back at an address of this daemon.
const daemon = new Daemon();
await daemon.listen(`pyro://${host || "localhost"}:0`);
const subber = new Subber();
daemon.register("subber", subber);

const bus = await connectToBus();
console.log("Topics on the bus:", ...(await bus.topics()));
await bus.subscribe("weather-forecast", subber);
console.log("Subscribed on weather-forecast");
await subber.consumeAll();
