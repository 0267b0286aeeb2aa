// A remote control. Run: node remote.ts HOST
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "#bunsen";
import type { ITunes } from "./itunescontroller.ts";

const [host = "localhost"] = process.argv.slice(2);
await using itunes = await connect<ITunes>(`PYRO:itunescontroller@${host}:39001`);
await itunes.playlist("Music");
console.log("Current song:", await currentSong());
await sleep(6000);
await itunes.next();
console.log("Current song:", await currentSong());
await sleep(6000);
await itunes.stop();

/** A controller in Python sends what the program printed: bytes. */
async function currentSong(): Promise<string> {
  const song: string | Uint8Array = await itunes.currentsong();
  return typeof song === "string" ? song : Buffer.from(song).toString();
}
