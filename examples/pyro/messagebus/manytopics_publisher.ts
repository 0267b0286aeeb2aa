// Publishes on one of many topics at a time. Run: node manytopics_publisher.ts
import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { connectToBus } from "./messagebus/messagebus.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const bus = await connectToBus();
for (const letter of LETTERS) await bus.add_topic(`msg.topic.${letter}`);

console.log("publishing messages on a random topic");
for (let sequence = 1; ; sequence++) {
  await sleep(50);
  const letter = LETTERS[randomInt(LETTERS.length)];
  await bus.send(`msg.topic.${letter}`, `message ${sequence}`);
}
