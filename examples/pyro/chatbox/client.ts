// Joins the chat. Run: node client.ts, more than once
import { createInterface } from "node:readline";
import { connect, Daemon, expose } from "#bunsen";

export class Chatter {
  readonly #nick: string;
  constructor(nick: string) {
    this.#nick = nick;
  }
  message(nick: string, text: string): void {
    if (nick !== this.#nick) console.log(`[${nick}] ${text}`);
  }
}
expose(Chatter, { message: { oneway: true } });

/** The server as its clients see it: what they pass is an object of their own. */
interface RemoteChatBox {
  getChannels(): string[];
  getNicks(): string[];
  join(channel: string, nick: string, callback: Chatter): string[];
  leave(channel: string, nick: string): void;
  publish(channel: string, nick: string, text: string): void;
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
async function ask(question: string): Promise<string> {
  console.log(question);
  const { value } = await lines.next();
  return (value ?? "").trim();
}

await using chatbox = await connect<RemoteChatBox>("PYRONAME:example.chatbox.server");
console.log("On the server:", ...(await chatbox.getNicks()));
console.log("Channels:", ...(await chatbox.getChannels()));
const channel = await ask("Choose a channel or create a new one:");
const nick = await ask("Choose a nickname:");

await using daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
const chatter = new Chatter(nick);
daemon.register("chatter", chatter);
const people = await chatbox.join(channel, nick, chatter);
console.log(`Joined channel ${channel} as ${nick}. People on this channel: ${people.join(", ")}`);

console.log("Ready for input! Type /quit to quit");
for await (const line of lines) {
  if (line.trim() === "/quit") break;
  if (line.trim()) await chatbox.publish(channel, nick, line.trim());
}
await chatbox.leave(channel, nick);
console.log("Exit.");
process.stdin.destroy(); // nobody asks any more
