// Controls the Music program of a Mac. Run there: node itunescontroller.ts
import { execFile } from "node:child_process";
import { hostname } from "node:os";
import { promisify } from "node:util";
import { Daemon, expose } from "#bunsen";

/** What Music is called; on an old Mac it is iTunes. */
const PROGRAM = "Music";

async function tell(...lines: string[]): Promise<string> {
  const script = [`tell application "${PROGRAM}"`, ...lines, "end tell"];
  // Not through a shell, and each line an argument of its own.
  const { stdout } = await promisify(execFile)(
    "osascript",
    script.flatMap((line) => ["-e", line]),
  );
  return stdout.trim();
}

export class ITunes {
  async play(): Promise<void> {
    await tell("play");
  }
  async pause(): Promise<void> {
    await tell("pause");
  }
  async stop(): Promise<void> {
    await tell("stop");
  }
  async next(): Promise<void> {
    await tell("next track");
  }
  async previous(): Promise<void> {
    await tell("previous track");
  }
  async playlist(name: string): Promise<void> {
    // It becomes part of a program: what could end the text does not get through.
    if (/["\\\n]/.test(name)) throw new RangeError(`no playlist has such a name: ${name}`);
    await tell(`play playlist "${name}"`);
  }
  currentsong(): Promise<string> {
    return tell('(name of current track) & " - " & (artist of current track)');
  }
}
expose(ITunes, {
  play: true,
  pause: true,
  stop: true,
  next: true,
  previous: true,
  playlist: true,
  currentsong: true,
});

const daemon = new Daemon();
await daemon.listen(`pyro://${hostname()}:39001`); // fixed, so that a client needs to know the host only
daemon.register("itunescontroller", new ITunes());
console.log("ready", daemon.uriFor("itunescontroller"));
