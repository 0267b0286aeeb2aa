import { arch, release, type as systemName } from "node:os";
import { ConnectionClosedError, TimeoutError } from "../../errors.ts";
import { Deadline, deadlines } from "../../net/deadlines.ts";
import type { ByteStream } from "../../net/stream.ts";
import { textRepr } from "../../serializers/serpent-text.ts";
import type { PlainRecord } from "../../values/types.ts";
import { clientIdentities, serviceIdentities } from "./admin.ts";
import { type Authentication, admit, type Claim, Rejection } from "./admission.ts";
import { parseUid } from "./correlation.ts";
import type { ManagerDatabase } from "./database.ts";
import { HostNames } from "./hosts.ts";
import { IdentityLines } from "./identity-lines.ts";
import type { LeveledLogger } from "./log-level.ts";
import { Peer, type PeerLimits } from "./peer.ts";
import { PeerError } from "./peer-error.ts";
import { Client, Registry, Service } from "./registry.ts";
import { ManagerRequests } from "./requests.ts";
import { type Member, Router } from "./router.ts";
import { Turns } from "./turns.ts";

/** Bounds on what all peers together can make large. */
export interface SwitchboardLimits extends PeerLimits {
  /** Connections at once. Default 10,000. */
  readonly maxConnections: number;
  /** Milliseconds for a peer to say who it is: somebody may have to type a password. Default 5 minutes. */
  readonly handshakeTimeoutMs: number;
  /** Requests of one client that may be unanswered at once. Default 65,536. */
  readonly maxUnanswered: number;
  /** Bytes kept in memory for all peers; over it, the one with the most of them is disconnected. Default 2 GiB. */
  readonly maxHeldBytes: number;
  /** Bytes that the identities of all clients and services may have; who comes with more is refused. Default 16 MiB. */
  readonly maxIdentitiesBytes: number;
}

export interface SwitchboardContext {
  readonly hostname: string;
  readonly port: number;
  readonly authentication: Authentication;
  readonly database: ManagerDatabase;
  readonly logger: LeveledLogger;
  readonly limits: SwitchboardLimits;
  /** An administrator wants the manager to stop. */
  readonly shutDown: () => void;
}

/** Every connection of a manager: lets peers in, keeps their names, and connects them. */
export class Switchboard {
  readonly registry: Registry = new Registry();
  readonly #context: SwitchboardContext;
  readonly #name: string;
  readonly #address: string;
  readonly #router: Router;
  readonly #names = new HostNames();
  readonly #passwords = new Turns();
  readonly #peers = new Set<Peer>();
  readonly #members = new Map<Peer, Member>();
  readonly #identities: IdentityLines;

  constructor(context: SwitchboardContext) {
    const { hostname, port, database, logger, authentication, limits } = context;
    this.#context = context;
    this.#identities = new IdentityLines(limits.maxIdentitiesBytes);
    this.#address = `${hostname}:${port}`;
    this.#name = `Manager[${this.#address}]`;
    const requests = new ManagerRequests({
      ...this.#admission(),
      registry: this.registry,
      database,
      port,
      authenticatesBy: authentication.by,
      identityLine: (requester, uid) =>
        this.#identities.answer(this.#ownIdentity(), requester, uid),
      setLogLevel: (level) => logger.setLevel(level),
      shutDown: ({ peer }) => {
        logger.info({ peer: peer.name }, "an administrator shuts the manager down");
        peer.close(this.#closing());
        context.shutDown();
      },
    });
    this.#router = new Router({
      name: this.#name,
      registry: this.registry,
      logger,
      maxUnanswered: limits.maxUnanswered,
      ask: (member, request) => requests.answer(member, request),
    });
  }

  get connections(): number {
    return this.#peers.size;
  }

  /** What the manager says of itself and of those who are connected. @see spec/msl-network.md 5.3 */
  identity(): PlainRecord {
    return {
      ...this.#ownIdentity(),
      clients: clientIdentities(this.registry),
      services: serviceIdentities(this.registry),
    };
  }

  #ownIdentity(): PlainRecord {
    const { hostname, port } = this.#context;
    return {
      attributes: { identity: "() -> dict", link: "(service: str) -> bool" },
      hostname,
      language: `Node.js ${process.versions.node}`,
      os: `${systemName()} ${release()} ${arch()}`,
      port,
    };
  }

  /** Takes a new connection. */
  accept(stream: ByteStream): void {
    const { limits, logger } = this.#context;
    if (this.#peers.size >= limits.maxConnections) {
      const fields = { peer: stream.remoteAddress, connections: this.#peers.size };
      logger.warn(fields, "connection refused: as many are open as maxConnections allows");
      stream.destroy();
      return;
    }
    const peer: Peer = new Peer(stream, limits, {
      grew: () => this.#judgeMemory(),
      closed: (reason) => this.#leave(peer, reason.message),
    });
    this.#peers.add(peer);
    void this.#welcome(peer);
  }

  /** Clients first, so that none is told that its services have gone. */
  close(): void {
    const services: Peer[] = [];
    for (const peer of this.#peers) {
      if (this.#members.get(peer) instanceof Service) services.push(peer);
      else peer.close(this.#closing());
    }
    for (const peer of services) peer.close(this.#closing());
  }

  async #welcome(peer: Peer): Promise<void> {
    const { handshakeTimeoutMs } = this.#context.limits;
    const deadline = new Deadline(() => {
      const text = `${peer.name} did not say who it is within ${handshakeTimeoutMs} ms`;
      peer.close(new TimeoutError("ERR_HANDSHAKE_TIMEOUT", text));
    });
    deadlines.add(deadline, handshakeTimeoutMs);
    try {
      peer.host = await this.#names.hostAt(peer.remoteHost);
      peer.name = `<Unknown>[${addressOf(peer)}]`;
      this.#note(peer, "new connection request");
      this.#enter(peer, await admit(peer, this.#admission()));
    } catch (error) {
      this.#reject(peer, error);
    } finally {
      deadlines.remove(deadline);
    }
  }

  #admission() {
    const { authentication, database } = this.#context;
    const passwords = this.#passwords;
    return { name: this.#name, legacyName: this.#address, authentication, database, passwords };
  }

  #enter(peer: Peer, claim: Claim): void {
    if (peer.closedBecause) return;
    const member = this.#register(peer, claim);
    this.#show(member);
    this.#members.set(peer, member);
    this.#note(peer, `connected as a ${claim.type}`);
    this.#context.logger.info({ peer: peer.name }, `connected as a ${claim.type}`);
    peer.serve((line) => this.#router.route(member, line));
  }

  /** @throws Rejection for a name that is taken. */
  #register(peer: Peer, { type, name, identity }: Claim): Member {
    const { language = "unknown", os = "unknown" } = identity;
    const address = addressOf(peer);
    peer.name = `${name}[${address}]`;
    try {
      if (type === "client") {
        const client = new Client({ name, address, language, os }, peer);
        this.registry.addClient(client);
        peer.readsBeforeAsking = true;
        return client;
      }
      const { attributes, max_clients } = identity;
      const service = new Service(
        name,
        { attributes, address, language, os, max_clients: limitOf(max_clients) },
        peer,
      );
      this.registry.addService(service);
      return service;
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      throw new Rejection("rejected: invalid identity", error);
    }
  }

  /** Everybody may ask for it from now on. @throws Rejection where nobody could read it. */
  #show(member: Member): void {
    try {
      this.#identities.add(member);
    } catch (error) {
      this.#forget(member);
      if (!(error instanceof PeerError)) throw error;
      throw new Rejection("rejected: invalid identity", error);
    }
  }

  #forget(member: Member): void {
    this.#identities.remove(member);
    if (member instanceof Client) this.registry.removeClient(member);
    else this.registry.removeService(member);
  }

  #reject(peer: Peer, error: unknown): void {
    const { logger } = this.#context;
    if (!(error instanceof Rejection)) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.error({ peer: peer.name, error }, `a connection failed: ${reason}`);
      peer.abort(new ConnectionClosedError("ERR_INTERNAL", `${peer.name}: ${reason}`));
      return;
    }
    this.#note(peer, error.message);
    logger.info({ peer: peer.name }, error.message);
    if (error.error) peer.sendError(error.error, this.#name, "");
    peer.close(new ConnectionClosedError("ERR_REJECTED", `${peer.name}: ${error.message}`));
  }

  #leave(peer: Peer, reason: string): void {
    this.#peers.delete(peer);
    const member = this.#members.get(peer);
    this.#context.logger.info({ peer: peer.name }, `disconnected: ${reason}`);
    if (member === undefined) return;
    this.#members.delete(peer);
    this.#note(peer, "disconnected");
    this.#forget(member);
    if (member instanceof Service) this.#abandon(member);
  }

  /** Python's managers say nothing, and whoever waits for an answer waits for ever. */
  #abandon(service: Service): void {
    const text = `the ${textRepr(service.name)} Service disconnected from ${this.#name} before it replied`;
    for (const { client, uidText } of service.abandon()) {
      client.peer.sendError(
        new PeerError("ConnectionAbortedError", text),
        client.key,
        parseUid(uidText),
      );
    }
  }

  /** A peer that sends or does not read very large messages must not take the memory that others need. */
  #judgeMemory(): void {
    const { limits, logger } = this.#context;
    let total = 0;
    let largest: Peer | undefined;
    for (const peer of this.#peers) {
      total += peer.heldBytes;
      if (largest === undefined || peer.heldBytes > largest.heldBytes) largest = peer;
    }
    if (total <= limits.maxHeldBytes || largest === undefined) return;
    const text = `${largest.name} takes ${largest.heldBytes} of ${total} bytes, over maxHeldBytes (${limits.maxHeldBytes})`;
    logger.warn({ peer: largest.name }, text);
    largest.abort(new ConnectionClosedError("ERR_MEMORY", text));
  }

  /** The log of connections is for people: a full disk must not stop the network. */
  #note(peer: Peer, message: string): void {
    const { database, logger } = this.#context;
    const { address = peer.remoteHost, domain = address } = peer.host ?? {};
    try {
      database.connections.add({ address, domain, port: peer.port }, message);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.warn({ peer: peer.name }, `the connection is not logged: ${reason}`);
    }
  }

  #closing(): ConnectionClosedError {
    return new ConnectionClosedError("ERR_CLOSED", `${this.#name} is shutting down`);
  }
}

function addressOf({ host, port, remoteHost }: Peer): string {
  return `${host?.shown ?? remoteHost}:${port}`;
}

function limitOf(maxClients: unknown): number {
  return typeof maxClients === "number" ? maxClients : -1;
}
