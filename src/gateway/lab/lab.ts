import { expose } from "../../objects/expose.ts";
import { LabBoard } from "./board.ts";
import { type AskDaemon, DaemonProbes } from "./daemon-probes.ts";
import { type ManagerOptions, ManagerSource } from "./manager-source.ts";
import { type NamedOptions, NamedSource } from "./named-source.ts";
import type { LabEvent } from "./nodes.ts";
import { GATEWAY_NODE, type OwnObjects, OwnObjectsSource } from "./own-objects.ts";
import { pause } from "./pause.ts";

/** For so long the lab is looked at after the last who did: whoever reloads a page finds it as it was. */
const LINGER_MS = 10_000;

/** How often the gateway asks after those of its own objects that live elsewhere, and could not be called. */
const LOOK_MS = 5_000;

/** For so long `tree` waits for what has not answered yet. */
const TREE_MS = 3_000;

export interface LabOptions {
  readonly own: OwnObjects;
  /** The name server whose objects can be called, too. */
  readonly named: NamedOptions | undefined;
  readonly managers: readonly ManagerOptions[];
  readonly ask: AskDaemon;
  /** What watchers are told of the expose pattern; null for the gateway's own objects alone. */
  readonly expose: string | null;
}

/** What a gateway knows of its lab: what there is, where, and whether it answers. Nothing is asked while nobody looks. */
export class Lab {
  readonly #board: LabBoard;
  readonly #own: OwnObjectsSource;
  readonly #probes: DaemonProbes;
  /** What is asked from afar. */
  readonly #sources: readonly { start(): void; stop(): void }[];
  #stopReviewing: () => void = () => {};
  #looks: ReturnType<typeof setInterval> | undefined;
  #watchers = 0;
  #looking = false;
  #leaving: ReturnType<typeof setTimeout> | undefined;

  constructor({ own, named, managers, ask, expose }: LabOptions) {
    this.#board = new LabBoard(expose);
    const since = Date.now();
    this.#board.put({
      id: GATEWAY_NODE,
      parent: null,
      kind: "gateway",
      name: "This gateway",
      dialect: "Bunsen",
      address: null,
      uri: null,
      metadata: [],
      reach: { name: "answers", since },
      since,
      sinceKind: "started",
      hidden: 0,
    });
    this.#own = new OwnObjectsSource(this.#board, own);
    this.#probes = new DaemonProbes(this.#board, ask);
    const names = named && new NamedSource(this.#board, named, this.#probes);
    if (names) this.#stopReviewing = own.registry.watch((id) => names.review(id));
    this.#sources = [
      ...(names ? [names] : []),
      ...managers.map((manager) => new ManagerSource(this.#board, manager)),
    ];
  }

  /** All there is now. Where nobody has looked before, all are asked first: that takes three seconds at most. */
  async tree(): Promise<LabEvent> {
    this.#look();
    this.#watchers += 1;
    const patience = AbortSignal.timeout(TREE_MS);
    while (!this.#board.isSettled && !patience.aborted) await pause(TREE_MS / 60, patience);
    this.#watchers -= 1;
    this.#leaveLater();
    return this.#board.snapshot();
  }

  /** All there is, then what changes; something at least every two seconds. */
  watch(): AsyncIterableIterator<LabEvent, undefined, undefined> {
    this.#look();
    this.#watchers += 1;
    return this.#board.feed(() => {
      this.#watchers -= 1;
      this.#leaveLater();
    });
  }

  async close(): Promise<void> {
    this.#board.close();
    this.#stopLooking();
    this.#own.close();
    this.#stopReviewing();
  }

  #look(): void {
    clearTimeout(this.#leaving);
    if (this.#looking) return;
    this.#looking = true;
    this.#own.start();
    this.#probes.start();
    for (const source of this.#sources) source.start();
    this.#looks = setInterval(() => this.#own.look(), LOOK_MS);
    this.#looks.unref();
  }

  #leaveLater(): void {
    if (this.#watchers > 0) return;
    clearTimeout(this.#leaving);
    this.#leaving = setTimeout(() => this.#stopLooking(), LINGER_MS);
    this.#leaving.unref();
  }

  #stopLooking(): void {
    clearTimeout(this.#leaving);
    this.#looking = false;
    clearInterval(this.#looks);
    for (const source of this.#sources) source.stop();
    this.#probes.stop();
    this.#own.stop();
  }
}

expose(
  Lab,
  { tree: true, watch: true },
  { doc: "What this gateway knows of its lab: what there is, where, and whether it answers." },
);
