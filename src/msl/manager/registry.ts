import { textRepr } from "../../serializers/serpent-text.ts";
import { MANAGER } from "../messages.ts";
import type { Peer } from "./peer.ts";
import { PeerError } from "./peer-error.ts";

/** What a client says of itself, and where it is. */
export interface ClientIdentity {
  readonly name: string;
  /** `host:port`, as the manager sees it. */
  readonly address: string;
  readonly language: unknown;
  readonly os: unknown;
}

/** What a service says of itself, and where it is. */
export interface ServiceIdentity {
  /** Public name to signature, or to the value of what cannot be called. */
  readonly attributes: unknown;
  readonly address: string;
  readonly language: unknown;
  readonly os: unknown;
  /** Clients that may be linked at once; 0 or less for any number. */
  readonly max_clients: number;
}

/** Requests of one client that one service has not answered, by what identifies them; equal ones are counted. */
type Unanswered = Map<string, { readonly uidText: string; count: number }>;

export class Client {
  readonly identity: ClientIdentity;
  readonly peer: Peer;
  /** Requests that no service has answered yet. */
  unanswered = 0;

  constructor(identity: ClientIdentity, peer: Peer) {
    this.identity = identity;
    this.peer = peer;
  }

  get key(): string {
    return this.peer.name;
  }
}

export class Service {
  readonly name: string;
  readonly identity: ServiceIdentity;
  readonly peer: Peer;
  readonly links: Set<Client> = new Set();
  /** Those linked clients that let no other client link. */
  readonly locks: Set<Client> = new Set();
  readonly #unanswered = new Map<Client, Unanswered>();

  constructor(name: string, identity: ServiceIdentity, peer: Peer) {
    this.name = name;
    this.identity = identity;
    this.peer = peer;
  }

  /** A request is on its way. `key` tells it from others of the client, however the service spells its id. */
  expect(client: Client, key: string, uidText: string): void {
    const requests: Unanswered = this.#unanswered.get(client) ?? new Map();
    this.#unanswered.set(client, requests);
    const found = requests.get(key);
    if (found) found.count++;
    else requests.set(key, { uidText, count: 1 });
    client.unanswered++;
  }

  /** An answer came; false if nobody waits for it. */
  answered(client: Client, key: string): boolean {
    const requests = this.#unanswered.get(client);
    const found = requests?.get(key);
    if (requests === undefined || found === undefined) return false;
    if (--found.count === 0) requests.delete(key);
    client.unanswered--;
    return true;
  }

  /** An answer came that does not say to what: takes the client's oldest request, and returns how its id is spelt. */
  answeredOldest(client: Client): string | undefined {
    const [oldest] = this.#unanswered.get(client) ?? [];
    if (oldest === undefined) return undefined;
    const [key, { uidText }] = oldest;
    this.answered(client, key);
    return uidText;
  }

  /** The client has gone. */
  forget(client: Client): void {
    this.links.delete(client);
    this.locks.delete(client);
    this.#unanswered.delete(client);
  }

  /** Every request that has not been answered, oldest first. Nobody waits for them any more. */
  *abandon(): Generator<{ readonly client: Client; readonly uidText: string }> {
    for (const [client, requests] of this.#unanswered) {
      for (const { uidText, count } of requests.values()) {
        client.unanswered -= count;
        yield { client, uidText };
      }
    }
    this.#unanswered.clear();
  }
}

/** Who is connected, who is linked with whom, and who waits for what. Does no I/O. @see spec/msl-network.md 6.5, 6.6 */
export class Registry {
  readonly clients: Map<string, Client> = new Map();
  readonly services: Map<string, Service> = new Map();

  /** @throws PeerError `NameError`. */
  addClient(client: Client): void {
    if (this.clients.has(client.key)) {
      throw new PeerError("NameError", `A ${textRepr(client.key)} client is already connected`);
    }
    this.clients.set(client.key, client);
  }

  /** @throws PeerError `NameError` for a name that is taken. */
  addService(service: Service): void {
    const { name } = service;
    if (name === MANAGER) {
      throw new PeerError("NameError", `A service cannot be called ${textRepr(name)}`);
    }
    if (this.services.has(name)) {
      const text = `A ${textRepr(name)} service is already running on the Manager`;
      throw new PeerError("NameError", text);
    }
    this.services.set(name, service);
  }

  removeClient(client: Client): void {
    this.clients.delete(client.key);
    for (const service of this.services.values()) service.forget(client);
  }

  removeService(service: Service): void {
    this.services.delete(service.name);
  }

  /** @throws PeerError where the service is unknown, locked or full. */
  link(client: Client, name: string): ServiceIdentity {
    const service = this.services.get(name);
    const shown = textRepr(name);
    if (service === undefined) {
      const text = `the ${shown} service does not exist, cannot link with ${client.key}`;
      throw new PeerError("KeyError", text);
    }
    const { links, locks, identity } = service;
    if (links.has(client)) return identity;
    if (locks.size > 0) throw new PeerError("PermissionError", `${shown} service is locked`);
    if (identity.max_clients > 0 && links.size >= identity.max_clients) {
      const text = `The maximum number of Clients are already linked with ${shown}`;
      throw new PeerError("PermissionError", text + listOf(links));
    }
    links.add(client);
    return identity;
  }

  /** A service that has gone is no longer linked, which is what was wanted. @throws PeerError */
  unlink(client: Client, name: string): true {
    const service = this.services.get(name);
    if (service && !service.links.delete(client)) {
      const text = `cannot unlink ${client.key}, it was not linked with ${textRepr(name)}`;
      throw new PeerError("KeyError", text);
    }
    service?.locks.delete(client);
    return true;
  }

  /** Returns who is linked. @throws PeerError */
  acquireLock(client: Client, name: string, shared: boolean): string[] {
    const service = this.services.get(name);
    const shown = textRepr(name);
    if (service === undefined) {
      const text = `${shown} service does not exist, ${client.key} cannot acquire a lock`;
      throw new PeerError("KeyError", text);
    }
    const { links, locks } = service;
    if (!links.has(client)) {
      const text = `${client.key} cannot acquire a lock because it is not linked with the ${shown} service`;
      throw new PeerError("PermissionError", text);
    }
    if (!shared && links.size > 1) {
      const text = `${client.key} cannot acquire an exclusive lock, there are ${links.size} links with the ${shown} service`;
      throw new PeerError("PermissionError", text + listOf(links));
    }
    locks.add(client);
    return keysOf(links);
  }

  /** Returns who still holds a lock. @throws PeerError */
  releaseLock(client: Client, name: string): string[] {
    const service = this.services.get(name);
    if (service === undefined) {
      const text = `${textRepr(name)} service does not exist, ${client.key} cannot release the lock`;
      throw new PeerError("KeyError", text);
    }
    service.locks.delete(client);
    return keysOf(service.locks);
  }
}

function keysOf(clients: Iterable<Client>): string[] {
  return Array.from(clients, ({ key }) => key).sort();
}

function listOf(links: Iterable<Client>): string {
  return `\nThe linked Clients are:\n  ${keysOf(links).join("\n  ")}`;
}
