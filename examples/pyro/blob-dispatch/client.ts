// Sends data on the topics that are typed in. Run: node client.ts
import { createInterface } from "node:readline";
import { connect, SerializedBlob } from "#bunsen";
import { CustomData } from "./customdata.ts";
import type { Dispatcher } from "./dispatcher.ts";

await using dispatcher = await connect<Dispatcher>("PYRONAME:example.blobdispatcher");
console.log("Enter topics to send data on (just enter to quit)");
for await (const line of createInterface({ input: process.stdin })) {
  const topic = line.trim();
  if (topic === "") break;
  const data = new CustomData(42, "hello world", new Date());
  await dispatcher.process_blob(new SerializedBlob(topic, data));
  console.log("processed");
}
process.stdin.destroy(); // nobody asks any more
