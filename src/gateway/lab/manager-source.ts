import { formatMslUrl, parseMslUrl } from "../../msl/address.ts";
import { formatLocation, type Location } from "../../net/location.ts";
import type { ManagedObjects } from "../managed-objects.ts";
import type { LabBoard } from "./board.ts";
import type { LabNode, Reach } from "./nodes.ts";
import { answering, silent } from "./reach.ts";
import { Rounds } from "./rounds.ts";

/** How often a manager is asked what it has. */
const POLL_MS = 5_000;

export interface ManagerOptions {
  readonly objects: ManagedObjects;
  /** Whether a service can be called by the gateway, by its name. */
  readonly offers: (name: string) => boolean;
}

/** Tells of a manager of MSL-Network, and of the services that are connected to it. */
export class ManagerSource {
  readonly #board: LabBoard;
  readonly #options: ManagerOptions;
  readonly #id: string;
  readonly #location: Location;
  readonly #address: string;
  readonly #since = Date.now();
  readonly #seen = new Map<string, number>();
  readonly #rounds: Rounds = new Rounds(
    (signal) => this.#ask(signal),
    (error) => this.#lost(error),
    POLL_MS,
  );
  #hidden = 0;

  constructor(board: LabBoard, options: ManagerOptions) {
    this.#board = board;
    this.#options = options;
    this.#location = parseMslUrl(options.objects.url).location;
    this.#address = formatLocation(this.#location);
    this.#id = `manager/${this.#address}`;
  }

  start(): void {
    // What was known when somebody looked last may be long ago.
    this.#put({ name: "unknown" });
    this.#tellAll(() => ({ name: "unknown" }));
    this.#rounds.start();
  }

  stop(): void {
    this.#rounds.stop();
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { services } = await this.#options.objects.identity();
    if (!signal.aborted) this.#take(services);
  }

  #take(services: ReadonlyMap<string, { readonly language: string }>): void {
    const now = Date.now();
    const listed = [...services.keys()];
    this.#hidden = listed.filter((name) => !this.#options.offers(name)).length;
    for (const name of [...this.#seen.keys()]) {
      if (services.has(name)) continue;
      this.#seen.delete(name);
      this.#board.drop(this.#nodeOf(name));
    }
    for (const [name, { language }] of services) {
      if (!this.#seen.has(name)) this.#seen.set(name, now);
      if (this.#options.offers(name)) this.#board.put(this.#service(name, language, now));
    }
    this.#put(answering(this.#board.get(this.#id)?.reach, now));
  }

  /** Without their manager nobody reaches the services. */
  #lost(error: unknown): void {
    const now = Date.now();
    this.#put(silent(this.#board.get(this.#id)?.reach, error, now));
    this.#tellAll((reach) => silent(reach, error, now));
  }

  #tellAll(reachOf: (known: Reach) => Reach): void {
    for (const name of this.#seen.keys()) {
      const node = this.#board.get(this.#nodeOf(name));
      if (node) this.#board.put({ ...node, reach: reachOf(node.reach) });
    }
  }

  #nodeOf(name: string): string {
    return `${this.#id}/${name}`;
  }

  #service(name: string, language: string, now: number): LabNode {
    return {
      id: this.#nodeOf(name),
      parent: this.#id,
      kind: "object",
      name,
      dialect: "MSL-Network",
      address: this.#address,
      uri: formatMslUrl(this.#location, name),
      metadata: [language],
      reach: answering(this.#board.get(this.#nodeOf(name))?.reach, now),
      since: this.#seen.get(name) ?? now,
      sinceKind: "seen",
      hidden: 0,
    };
  }

  #put(reach: Reach): void {
    this.#board.put({
      id: this.#id,
      parent: null,
      kind: "manager",
      name: "Manager",
      dialect: "MSL-Network",
      address: this.#address,
      uri: null,
      metadata: [],
      reach,
      since: this.#since,
      sinceKind: "seen",
      hidden: this.#hidden,
    });
  }
}
