// The chat server. Needs a name server. Run: node server.ts
import { type Callback, Daemon, expose, isProxy } from "#bunsen";
import type { Chatter } from "./client.ts";

export class ChatBox {
  /** Who is where: by channel, then by nick. */
  readonly #channels = new Map<string, Map<string, Callback<Chatter>>>();

  getChannels(): string[] {
    return [...this.#channels.keys()];
  }

  getNicks(): string[] {
    return [...this.#channels.values()].flatMap((members) => [...members.keys()]);
  }

  /** @returns everybody in the channel. */
  join(channel: string, nick: string, callback: Callback<Chatter>): string[] {
    if (!channel || !nick) throw new RangeError("invalid channel or nick name");
    if (!isProxy(callback)) throw new TypeError("expected an object to call back");
    if (this.getNicks().includes(nick)) throw new RangeError("this nick is already in use");
    const members = this.#channels.get(channel) ?? new Map<string, Callback<Chatter>>();
    this.#channels.set(channel, members.set(nick, callback));
    console.log(`${nick} JOINED ${channel}`);
    this.publish(channel, "SERVER", `** ${nick} joined **`);
    return [...members.keys()];
  }

  leave(channel: string, nick: string): void {
    const members = this.#channels.get(channel);
    if (!members?.delete(nick)) return;
    console.log(`${nick} LEFT ${channel}`);
    if (members.size === 0) this.#channels.delete(channel);
    this.publish(channel, "SERVER", `** ${nick} left **`);
  }

  /** Tells everybody in the channel, without waiting for any of them. */
  publish(channel: string, nick: string, text: string): void {
    for (const [listener, callback] of this.#channels.get(channel) ?? []) {
      Promise.resolve(callback.message(nick, text)).catch((error: Error) => {
        console.log(`Removed dead listener ${listener}: ${error.message}`);
        this.leave(channel, listener);
      });
    }
  }
}
expose(ChatBox, { getChannels: true, getNicks: true, join: true, leave: true, publish: true });

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("chatbox", new ChatBox());
await daemon.announce("chatbox", "example.chatbox.server");
console.log("ready", daemon.uriFor("chatbox"));
