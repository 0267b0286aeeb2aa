// A table of what comes on each topic of the bus. Run: node manytopics_subscriber.ts
import { setTimeout as sleep } from "node:timers/promises";
import { Daemon } from "#bunsen";
import type { Message } from "./messagebus/message.ts";
import { connectToBus } from "./messagebus/messagebus.ts";
import { Subscriber } from "./messagebus/subscriber.ts";

class Subber extends Subscriber {
  readonly #topics = new Map<string, { count: number; last?: Message }>();

  watch(topic: string): void {
    this.#topics.set(topic, { count: 0 });
  }
  protected override consumeMessage(topic: string, message: Message): void {
    const { count = 0 } = this.#topics.get(topic) ?? {};
    this.#topics.set(topic, { count: count + 1, last: message });
  }
  /** The busiest first. */
  table(): string[] {
    const rows = [...this.#topics].sort(([, a], [, b]) => b.count - a.count);
    return rows.map(([topic, { count, last }]) => {
      const heard = last ? `  -  ${last.created.toISOString()}   ${last.data}` : "";
      return `${topic.padEnd(20)} : ${`${count}`.padStart(5)}${heard}`;
    });
  }
}

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
const subber = new Subber();
daemon.register("subber", subber);

const bus = await connectToBus();
for (const topic of [...(await bus.topics())].sort()) {
  subber.watch(topic);
  await bus.subscribe(topic, subber);
}
void subber.consumeAll();

for (;;) {
  if (process.stdout.isTTY) console.clear();
  console.log(new Date().toISOString(), "-- active topics on the messagebus:");
  for (const row of subber.table()) console.log(row);
  console.log("(restart me to refresh the list of topics)");
  await sleep(1000);
}
