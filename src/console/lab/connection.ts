import { type BrowserConnectOptions, connect } from "../../browser/connect.ts";
import { CommunicationError } from "../../errors.ts";
import { LAB_ID, type LabEvent } from "../../gateway/lab/nodes.ts";
import { Observable } from "../../objects/observable.ts";
import type { Remote } from "../../objects/remote.ts";
import { type LabTree, withEvent } from "./tree.ts";

/** How the page stands with its gateway. */
export type LinkState =
  | { readonly name: "connecting" }
  | { readonly name: "connected" }
  /** A key is asked for; `wrong` where one was shown. */
  | { readonly name: "locked"; readonly wrong: boolean }
  /** Nothing that is shown can be believed; `since` is in milliseconds since 1970. */
  | { readonly name: "lost"; readonly since: number; readonly reason: string };

interface Lab {
  watch(): AsyncIterable<LabEvent>;
}

/** The gateway says something at least every 2 s: silent for so long, and nothing that is shown is believed any more. */
const QUIET_MS = 6_000;
/** Silent for so long, and the connection is given up. */
const DEAD_MS = 20_000;
const TICK_MS = 1_000;
const FIRST_MS = 250;
const MOST_MS = 10_000;
/** A key lasts no longer than its tab. */
const KEY_NAME = "bunsen.gateway-key";

/** The page's way to its gateway: whether it is there, what lab it tells of, and the objects behind it. */
export class GatewayConnection {
  readonly state: Observable<LinkState> = new Observable<LinkState>({ name: "connecting" });
  /** The lab as it was told last; undefined before the first time. */
  readonly lab: Observable<LabTree | undefined> = new Observable<LabTree | undefined>(undefined);
  /** How often the gateway was given up because it was silent: what else is connected to it is dead, too. */
  readonly givenUp: Observable<number> = new Observable(0);
  #key: string | undefined = sessionStorage.getItem(KEY_NAME) ?? undefined;
  #heard = Date.now();
  #ticked = Date.now();
  #attempt: Remote<Lab> | undefined;
  #wake: () => void = () => {};

  /** Whether a key was shown. */
  get hasKey(): boolean {
    return this.#key !== undefined;
  }

  /** Connects, and never stops. */
  start(): void {
    void this.#run();
    setInterval(() => this.#tick(), TICK_MS);
    addEventListener("online", () => this.#wake());
  }

  /** Shows a key, from now on and until the tab is closed. */
  unlock(key: string): void {
    this.#key = key;
    sessionStorage.setItem(KEY_NAME, key);
    this.#wake();
  }

  /** How to connect to an object: `connect(...connection.wayTo("lab.laser"))`. */
  wayTo(object: string): [target: string, options: BrowserConnectOptions] {
    // Beside the page, wherever a proxy may have put it.
    const { href } = new URL(`./${encodeURIComponent(object)}`, location.href);
    return [href, { ...(this.#key !== undefined && { gatewayKey: this.#key }) }];
  }

  /** Why an object cannot be connected to, which a browser does not tell of a WebSocket. @param thrown - What it did tell. */
  async whyNot(
    object: string,
    thrown: unknown,
  ): Promise<{ readonly reason: string; readonly needsKey: boolean }> {
    if (thrown instanceof CommunicationError && thrown.code === "ERR_HANDSHAKE_REFUSED") {
      return { reason: thrown.message, needsKey: false };
    }
    const path = object.split("/").map(encodeURIComponent).join("/");
    const headers = this.#key === undefined ? {} : { "X-Pyro-Gateway-Key": this.#key };
    try {
      const { status, text } = await answerOf(`./pyro/${path}/$meta`, headers);
      const needsKey = status === 403 && text.includes("gateway api key");
      if (status !== 200) return { reason: plain(text), needsKey };
      return { reason: "the gateway answers, but not by WebSocket", needsKey };
    } catch {
      return { reason: "the gateway does not answer", needsKey: false };
    }
  }

  async #run(): Promise<never> {
    let delay = FIRST_MS;
    for (;;) {
      try {
        const [target, options] = this.wayTo(LAB_ID);
        const lab = await connect<Lab>(target, { ...options, reconnect: false, timeout: DEAD_MS });
        this.#attempt = lab;
        for await (const event of lab.watch()) {
          delay = FIRST_MS;
          this.#take(event);
        }
        this.#lost("the gateway is closing");
      } catch (error) {
        const { reason, needsKey } = await this.whyNot(LAB_ID, error);
        if (needsKey) this.state.set({ name: "locked", wrong: this.#key !== undefined });
        else this.#lost(reason);
      }
      await this.#attempt?.[Symbol.asyncDispose]();
      this.#attempt = undefined;
      await this.#pause(this.state.value.name === "locked" ? 2 ** 31 - 1 : delay);
      delay = Math.min(delay * 2, MOST_MS);
    }
  }

  #take(event: LabEvent): void {
    this.#heard = Date.now();
    const before = this.lab.value;
    const lab = withEvent(before, event, this.#heard);
    if (lab !== before) this.lab.set(lab);
    if (this.state.value.name !== "connected") this.state.set({ name: "connected" });
  }

  /** What was lost stays lost since then, whatever else is found out. */
  #lost(reason: string): void {
    const { value } = this.state;
    if (value.name === "lost" && value.reason === reason) return;
    const since = value.name === "lost" ? value.since : Date.now();
    this.state.set({ name: "lost", since, reason });
  }

  #tick(): void {
    const now = Date.now();
    // A page in the background, or a machine that slept: what arrived meanwhile is read first.
    const slept = now - this.#ticked > 2 * TICK_MS;
    this.#ticked = now;
    if (slept || this.#attempt === undefined) return;
    const quietMs = now - this.#heard;
    if (quietMs > DEAD_MS) {
      void this.#attempt[Symbol.asyncDispose]();
      this.givenUp.set(this.givenUp.value + 1);
    } else if (quietMs > QUIET_MS && this.state.value.name === "connected") {
      this.state.set({ name: "lost", since: this.#heard, reason: "the gateway is silent" });
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms * (0.75 + Math.random() / 4));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

async function answerOf(
  path: string,
  headers: Record<string, string>,
): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(path, { headers, signal: AbortSignal.timeout(DEAD_MS) });
  return { status: response.status, text: await response.text() };
}

/** `403 Forbidden - access denied` as a person would say it. */
function plain(text: string): string {
  const told = /"args":\s*\[\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  return (told ?? text.replace(/^(Error )?\d{3}[^-:]*[-:]\s*/, "")).slice(0, 500);
}
