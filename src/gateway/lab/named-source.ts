import { type LocateOptions, locateNameServer } from "../../names/client.ts";
import { NAME_SERVER_NAME, type NameEvent, type NameRecord } from "../../names/index.ts";
import { formatLocation } from "../../net/location.ts";
import { parseUri } from "../../pyro/index.ts";
import type { LabBoard } from "./board.ts";
import { type DaemonProbes, daemonNode } from "./daemon-probes.ts";
import type { LabNode, Reach } from "./nodes.ts";
import { answering, peerDialect, silent } from "./reach.ts";
import { Rounds } from "./rounds.ts";

/** How often a name server of Python is asked what it has: one of Bunsen tells. */
const POLL_MS = 3_000;
const RETRY_MS = 3_000;

export interface NamedOptions {
  readonly where: LocateOptions;
  /** Whether a name can be called by the gateway as what the name server has. */
  readonly offers: (name: string) => boolean;
  /** Whether it is one of the gateway's own objects, which are told of already. */
  readonly isOwn: (name: string) => boolean;
}

interface NameServerFacts {
  readonly address: string | null;
  readonly dialect: LabNode["dialect"];
}

/** Tells of a name server, and of what it lists: each object below the daemon that its URI leads to. */
export class NamedSource {
  readonly id = "names";
  readonly #board: LabBoard;
  readonly #options: NamedOptions;
  readonly #probes: DaemonProbes;
  readonly #seen = new Map<string, number>();
  readonly #names = new Map<string, NameRecord>();
  readonly #hidden = new Set<string>();
  readonly #rounds: Rounds = new Rounds(
    (signal) => this.#ask(signal),
    (error) => this.#lost(error),
    RETRY_MS,
  );
  #facts: NameServerFacts = { address: null, dialect: null };
  #since = Date.now();

  constructor(board: LabBoard, options: NamedOptions, probes: DaemonProbes) {
    this.#board = board;
    this.#options = options;
    this.#probes = probes;
  }

  start(): void {
    this.#put({ name: "unknown" });
    this.#rounds.start();
  }

  stop(): void {
    this.#rounds.stop();
  }

  async #ask(signal: AbortSignal): Promise<void> {
    await using server = await locateNameServer({ ...this.#options.where, signal });
    this.#facts = {
      address: placeOf(server.uri)?.address ?? null,
      dialect: peerDialect(server.peer ?? ""),
    };
    for await (const event of server.watch({ intervalMs: POLL_MS, signal })) this.#take(event);
  }

  /** What it had listed is there all the same, or not: that is asked of each daemon. */
  #lost(error: unknown): void {
    this.#put(silent(this.#reach, error, Date.now()));
  }

  get #reach(): Reach | undefined {
    return this.#board.get(this.id)?.reach;
  }

  #put(reach: Reach): void {
    this.#board.put({
      id: this.id,
      parent: null,
      kind: "nameserver",
      name: "Name server",
      ...{ dialect: this.#facts.dialect, address: this.#facts.address, uri: null },
      metadata: [],
      reach,
      ...{ since: this.#since, sinceKind: "seen" },
      hidden: this.#hidden.size,
    });
  }

  #take(event: NameEvent): void {
    if (event.kind === "snapshot") {
      const listed = new Set(event.names.map(({ name }) => name));
      for (const name of this.#names.keys()) if (!listed.has(name)) this.#remove(name);
      for (const record of event.names) this.#add(record);
    } else if (event.kind === "removed") this.#remove(event.name);
    else this.#add(event);
    this.#put(answering(this.#reach, Date.now()));
  }

  #add(record: NameRecord): void {
    const { name, uri, metadata } = record;
    const { offers, isOwn } = this.#options;
    const known = this.#names.get(name);
    if (known && known.uri !== uri) this.#remove(name);
    this.#names.set(name, record);
    const isOffered = offers(name) && !isOwn(name);
    // Its own name is no object that somebody would miss.
    if (isOffered || isOwn(name) || name === NAME_SERVER_NAME) this.#hidden.delete(name);
    else this.#hidden.add(name);
    if (!isOffered) {
      this.#board.drop(nodeOf(name));
      return;
    }
    const now = Date.now();
    if (!this.#seen.has(name)) this.#seen.set(name, now);
    const place = placeOf(uri);
    const parent = place ? daemonNode(place.address) : this.id;
    this.#board.put({
      id: nodeOf(name),
      parent,
      kind: "object",
      name,
      dialect: null,
      address: place?.address ?? null,
      uri,
      metadata,
      reach: this.#board.get(nodeOf(name))?.reach ?? { name: "unknown" },
      ...{ since: this.#seen.get(name) ?? now, sinceKind: "seen" },
      hidden: 0,
    });
    if (place) {
      this.#probes.follow(place.address, { node: nodeOf(name), object: place.object }, this.id);
    }
  }

  /** A name is shown once: where the gateway has an object of that name, as that. */
  review(name: string): void {
    const record = this.#names.get(name);
    if (record === undefined) return;
    this.#remove(name);
    this.#add(record);
    if (this.#reach) this.#put(this.#reach);
  }

  #remove(name: string): void {
    const record = this.#names.get(name);
    const place = record && placeOf(record.uri);
    this.#names.delete(name);
    this.#hidden.delete(name);
    this.#seen.delete(name);
    this.#board.drop(nodeOf(name));
    if (place) this.#probes.unfollow(place.address, nodeOf(name));
  }
}

function nodeOf(name: string): string {
  return `names/${name}`;
}

/** Where a URI of a name server leads; undefined where it is one that must itself be looked up. */
export function placeOf(
  uri: string,
): { readonly address: string; readonly object: string } | undefined {
  try {
    const { protocol, location, object } = parseUri(uri);
    if (protocol !== "PYRO" || location.kind === "none") return undefined;
    return { address: formatLocation(location), object };
  } catch {
    return undefined;
  }
}
