/** Records bunsen.json anew: node test/vectors/record-bunsen.ts. For when the wire extensions change on purpose. */
import { writeFileSync } from "node:fs";
import { recordBunsen } from "../support/bunsen-recording.ts";

const messages = await recordBunsen();
const lines = messages.map((message) => JSON.stringify(message)).join(",\n");
writeFileSync(new URL("bunsen.json", import.meta.url), `[\n${lines}\n]\n`);
console.log(`bunsen.json: ${messages.length} messages`);
