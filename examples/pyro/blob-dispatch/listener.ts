// Prints the data of one topic. Run: node listener.ts TOPIC
import { connect, Daemon, expose, type SerializedBlob } from "#bunsen";
import { CustomData } from "./customdata.ts";

export class Listener {
  process_blob(blob: SerializedBlob): void {
    const data = blob.deserialized(); // only here it is read
    if (!(data instanceof CustomData)) throw new TypeError("expected a CustomData");
    console.log(`Received custom data: a=${data.a}, b=${data.b}, c=${data.c}`);
  }
}
expose(Listener, { process_blob: true });

/** The dispatcher as its listeners see it: what they pass is an object of their own. */
interface RemoteDispatcher {
  register(topic: string, listener: Listener): void;
}

const [topic = ""] = process.argv.slice(2);
if (topic === "") throw new Error("give a topic: node listener.ts weather");

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
const listener = new Listener();
daemon.register("listener", listener);
const dispatcher = await connect<RemoteDispatcher>("PYRONAME:example.blobdispatcher");
await dispatcher.register(topic, listener);
console.log(`Listener for topic ${topic} waiting for data.`);
