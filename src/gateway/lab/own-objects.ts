import type { Channel, ConnectionState } from "../../objects/channel.ts";
import type { Entry } from "../../objects/entry.ts";
import { channelOf, isProxy } from "../../objects/proxy.ts";
import type { Objects } from "../../objects/registry.ts";
import type { LabBoard } from "./board.ts";
import { placeOf } from "./named-source.ts";
import type { Dialect, LabNode, Reach } from "./nodes.ts";
import { answering, peerDialect, silent } from "./reach.ts";

/** The node of the gateway itself. */
export const GATEWAY_NODE = "gateway";

/** Which objects are the gateway's own, and offered. */
export interface OwnObjects {
  readonly registry: Objects;
  readonly offers: (id: string) => boolean;
  /** Where an object that lives here is called by Pyro; undefined where it listens for no such calls. */
  readonly uriOf: (target: object) => string | undefined;
}

/** Tells of the objects of the gateway's own daemon: those that live in it, and those that it serves on. */
export class OwnObjectsSource {
  readonly #board: LabBoard;
  readonly #own: OwnObjects;
  /** When each was seen first. Known from the beginning, whether or not anybody looks. */
  readonly #seen = new Map<string, number>();
  readonly #stopSeeing: () => void;
  readonly #followed = new Map<string, () => void>();
  #looking = false;

  constructor(board: LabBoard, own: OwnObjects) {
    this.#board = board;
    this.#own = own;
    for (const id of own.registry.ids()) this.#seen.set(id, Date.now());
    this.#stopSeeing = own.registry.watch((id) => this.#changed(id));
  }

  start(): void {
    this.#looking = true;
    for (const id of this.#own.registry.ids()) this.#tell(id);
  }

  /** Asks what is served on from elsewhere, and cannot be called now, whether it is back. */
  look(): void {
    for (const id of this.#followed.keys()) {
      const channel = channelAt(this.#own.registry.get(id));
      // One that is connected is known to be there; to ask might be to wait behind a call that takes its time.
      if (channel && channel.state.value.name !== "connected") channel.open().catch(() => {});
    }
  }

  stop(): void {
    this.#looking = false;
    for (const unfollow of this.#followed.values()) unfollow();
    this.#followed.clear();
  }

  close(): void {
    this.stop();
    this.#stopSeeing();
  }

  #changed(id: string): void {
    if (this.#own.registry.get(id)) this.#seen.set(id, Date.now());
    else this.#seen.delete(id);
    this.#followed.get(id)?.();
    this.#followed.delete(id);
    if (this.#looking || !this.#own.registry.get(id)) this.#tell(id);
  }

  #tell(id: string): void {
    const entry = this.#own.offers(id) ? this.#own.registry.get(id) : undefined;
    if (entry === undefined) {
      this.#board.drop(`own/${id}`);
      return;
    }
    const channel = channelAt(entry);
    if (channel && !this.#followed.has(id)) {
      this.#followed.set(
        id,
        channel.state.subscribe(() => this.#tell(id)),
      );
    }
    const { target } = entry;
    const uri = channel ? withoutUser(channel.uri) : target && this.#own.uriOf(target);
    const address = channel ? addressOf(channel) : uri && placeOf(uri)?.address;
    this.#board.put({ ...this.#nodeOf(id, channel), uri: uri ?? null, address: address ?? null });
  }

  #nodeOf(id: string, channel: Channel | undefined): Omit<LabNode, "uri" | "address"> {
    const since = this.#seen.get(id) ?? Date.now();
    const known = this.#board.get(`own/${id}`)?.reach;
    return {
      id: `own/${id}`,
      parent: GATEWAY_NODE,
      kind: "object",
      name: id,
      dialect: channel ? dialectOf(channel) : "Bunsen",
      metadata: [],
      reach: channel ? reachOf(channel.state.value, known) : { name: "answers", since },
      since,
      sinceKind: "seen",
      hidden: 0,
    };
  }
}

function channelAt(entry: Entry | undefined): Channel | undefined {
  const target = entry?.target;
  return target !== undefined && isProxy(target) ? channelOf(target) : undefined;
}

/** Who the gateway is to another server concerns nobody else. */
function withoutUser(uri: string): string {
  return uri.replace(/^(\w+:\/\/)[^/@]*@/, "$1");
}

function dialectOf({ uri, state }: Channel): Dialect | null {
  if (/^msl:/i.test(uri)) return "MSL-Network";
  if (/^proximity/i.test(uri)) return "PyProximity";
  return state.value.name === "connected" ? peerDialect(state.value.peer) : null;
}

function addressOf({ uri, state }: Channel): string {
  const { value } = state;
  return "address" in value ? value.address : uri;
}

function reachOf(state: ConnectionState, known: Reach | undefined): Reach {
  const now = Date.now();
  switch (state.name) {
    case "connected":
      return answering(known, now);
    case "lost":
      return silent(known, state.reason, now);
    default:
      return known ?? { name: "unknown" };
  }
}
