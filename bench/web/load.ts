// A process that makes calls by HTTP, at the gateway of the port given.

import net from "node:net";
import { TEXT } from "../contender.ts";
import { answerQuestions } from "../lines.ts";
import { perSecond } from "../load.ts";

const port = Number(process.argv[2]);
const REQUEST = [
  `GET /pyro/http.bench/echo?${new URLSearchParams({ text: TEXT })} HTTP/1.1`,
  `Host: 127.0.0.1:${port}`,
  "Connection: keep-alive",
  "\r\n",
].join("\r\n");
const ANSWER = JSON.stringify(TEXT);
const END_OF_HEAD = "\r\n\r\n";

/** Calls one after the other, on a connection that does as little as it can. */
class Lane {
  readonly #answered: () => boolean;
  #socket: net.Socket | undefined;
  #held = "";
  #over = false;

  /** @param answered - Called with each answer; whether to go on. */
  constructor(answered: () => boolean) {
    this.#answered = answered;
  }

  start(): void {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket = socket;
    this.#held = "";
    socket.on("connect", () => this.#send());
    socket.on("data", (chunk) => this.#read(chunk.toString("latin1")));
    // A server with a short queue may turn a connection away, or close it early.
    socket.on("error", () => {});
    socket.on("close", () => {
      if (!this.#over && this.#socket === socket) this.start();
    });
  }

  stop(): void {
    this.#over = true;
    this.#socket?.destroy();
  }

  #send(): void {
    this.#socket?.write(REQUEST, "latin1");
  }

  #read(text: string): void {
    this.#held += text;
    const end = this.#held.indexOf(END_OF_HEAD);
    if (end < 0) return;
    const body = end + END_OF_HEAD.length;
    const [, length] = /content-length: *(\d+)/i.exec(this.#held) ?? [];
    if (this.#held.length < body + Number(length)) return;
    const isKept = this.#held.startsWith("HTTP/1.1 200 ");
    const isGood = isKept || this.#held.startsWith("HTTP/1.0 200 ");
    if (!isGood || this.#held.slice(body) !== ANSWER) throw new Error(`came: ${this.#held}`);
    this.#held = "";
    if (!this.#answered()) return;
    if (isKept) this.#send();
    else {
      // HTTP/1.0: a connection for each request.
      this.#socket?.destroy();
      this.start();
    }
  }
}

/** Calls a second, with so many connections that each wait for the answer before they ask again. */
function calls(connections: number, ms: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  let count = 0;
  const start = performance.now();
  const answered = () => {
    count += 1;
    const now = performance.now();
    if (now - start < ms) return true;
    for (const lane of lanes) lane.stop();
    resolve(perSecond(count, now - start));
    return false;
  };
  const lanes = Array.from({ length: connections }, () => new Lane(answered));
  for (const lane of lanes) lane.start();
  return promise;
}

await answerQuestions(({ scenario, ms }) => calls(Number(scenario), ms));
