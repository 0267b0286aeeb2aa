import { ByteWriter } from "../../bytes/writer.ts";
import { ConnectionClosedError } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import { textRepr } from "../../serializers/serpent-text.ts";
import { encodeMessage } from "../encoder.ts";
import { DISCONNECT, MANAGER, NOTIFICATION_UID, type RequestMessage } from "../messages.ts";
import { keyOfUid, parseUid } from "./correlation.ts";
import type { IncomingLine, ObjectLine } from "./line-reader.ts";
import type { Peer } from "./peer.ts";
import { PeerError } from "./peer-error.ts";
import { Client, type Registry, Service } from "./registry.ts";
import { parseTerminalRequest } from "./terminal.ts";

/** Either kind of peer, once it said who it is. */
export type Member = Client | Service;

export interface RouterContext {
  /** `Manager[host:port]` */
  readonly name: string;
  readonly registry: Registry;
  readonly logger: Logger;
  /** Requests of one client that may be unanswered at once. */
  readonly maxUnanswered: number;
  /** Answers what is asked of the manager itself. */
  ask(member: Member, request: RequestMessage): void | Promise<void>;
}

/** Larger lines are not parsed: that would hold everybody up. Nobody has as much to ask of the manager itself. */
const MAX_PARSED_BYTES = 256 * 1024;

/** Passes lines on: requests from clients to services, replies and notifications back. @see spec/msl-network.md 4.2 */
export class Router {
  readonly #context: RouterContext;

  constructor(context: RouterContext) {
    this.#context = context;
  }

  /** Works on one line of a member. The promise is there only where that takes time. */
  route(member: Member, line: IncomingLine): void | Promise<void> {
    if (line.kind === "text") {
      const request = line.text === undefined ? undefined : parseTerminalRequest(line.text);
      // A service has nothing to ask of others: what looks so is an answer that was damaged.
      const isOwn = request?.service === MANAGER || request?.attribute === DISCONNECT;
      if (request && (isOwn || member instanceof Client)) return this.#typed(member, request);
      this.#refuse(member.peer, new PeerError("ValueError", line.reason), "");
      if (member instanceof Service && line.text !== "") this.#unreadable(member, line.reason);
      return;
    }
    if (line.overLimit !== undefined && !line.isReply) {
      const text = `the message cannot be passed on: ${line.overLimit}`;
      this.#refuse(member.peer, new PeerError("ValueError", text), parseUid(line.uidText));
      return;
    }
    if (!line.isReply) return this.#request(member, line);
    this.#reply(member, line);
  }

  #request(member: Member, line: ObjectLine): void | Promise<void> {
    const attribute = line.value("attribute");
    const service = line.value("service");
    if (service === MANAGER || typeof attribute !== "string" || typeof service !== "string") {
      return this.#forManager(member, line);
    }
    if (attribute === DISCONNECT) this.#disconnect(member.peer);
    else this.#forService(member, service, line.uidText, line);
  }

  /** Also what is no request: the decoder says why. */
  #forManager(member: Member, line: ObjectLine): void | Promise<void> {
    if (line.byteLength > MAX_PARSED_BYTES) {
      const text = `a request to the Manager has at most ${MAX_PARSED_BYTES} bytes, this one has ${line.byteLength}`;
      this.#refuse(member.peer, new PeerError("ValueError", text), parseUid(line.uidText));
      return;
    }
    const message = line.decode();
    if (message.kind === "request" && message.service === MANAGER) {
      return this.#context.ask(member, message);
    }
    if (message.kind === "request" && message.attribute === DISCONNECT) {
      this.#disconnect(member.peer);
      return;
    }
    const reason =
      message.kind === "malformed" ? message.reason : 'the "service" of a request is missing';
    this.#refuse(
      member.peer,
      new PeerError("ValueError", reason),
      message.kind === "malformed" || message.kind === "request" ? message.uid : "",
    );
  }

  /** A request that somebody typed. */
  #typed(member: Member, request: RequestMessage): void | Promise<void> {
    if (request.service === MANAGER) return this.#context.ask(member, request);
    if (request.attribute === DISCONNECT) this.#disconnect(member.peer);
    else this.#forService(member, request.service ?? "", '""', request);
  }

  #forService(
    member: Member,
    name: string,
    uidText: string,
    request: ObjectLine | RequestMessage,
  ): void {
    const { registry, name: manager, maxUnanswered } = this.#context;
    const refuse = (type: string, text: string) =>
      this.#refuse(member.peer, new PeerError(type, text), parseUid(uidText));
    const service = registry.services.get(name);
    if (!(member instanceof Client)) {
      // Python's services end their connection when they get a reply: it could not be passed back to one.
      this.#context.logger.warn(
        { peer: member.peer.name },
        "a service sent a request: not passed on",
      );
    } else if (service === undefined) {
      refuse("KeyError", `the ${textRepr(name)} Service is not connected to ${manager}`);
    } else if (member.unanswered >= maxUnanswered) {
      refuse("OverflowError", `${member.unanswered} requests wait for replies, as many as may`);
    } else if (service.peer.overloaded) {
      refuse("OverflowError", `the ${textRepr(name)} Service does not read what is sent to it`);
    } else if (request.kind === "object" && request.loneSurrogate) {
      refuse(
        "UnicodeEncodeError",
        "the request holds half a surrogate pair, which Python services cannot return",
      );
    } else {
      service.expect(member, keyOfUid(uidText), uidText);
      const pieces =
        request.kind === "object" ? request.asRequest(member.key) : [encoded(request, member.key)];
      service.peer.deliver(pieces, member.peer);
    }
  }

  #reply(member: Member, line: ObjectLine): void {
    if (!(member instanceof Service)) {
      this.#context.logger.warn({ peer: member.key }, "a client sent a reply: not passed on");
    } else if (line.value("uid") === NOTIFICATION_UID || line.value("uuid") === NOTIFICATION_UID) {
      this.#notify(member, line);
    } else {
      this.#answer(member, line);
    }
  }

  #answer(service: Service, line: ObjectLine): void {
    const requester = line.value("requester");
    const client = this.#context.registry.clients.get(
      typeof requester === "string" ? requester : "",
    );
    const { uidText } = line;
    const dropped = (why: string) =>
      this.#context.logger.debug(
        { service: service.name, requester, uid: uidText },
        `a reply is dropped: ${why}`,
      );
    if (client === undefined) {
      dropped("the requester is not connected");
      return;
    }
    if (service.answered(client, keyOfUid(uidText))) {
      if (line.overLimit === undefined) client.peer.deliver(line.asReply());
      else tellUnreadable(client, service, uidText, line.overLimit);
      return;
    }
    // A service of 0.5 whose result cannot be sent does not say which request failed.
    const oldest = line.isError && uidText === '""' ? service.answeredOldest(client) : undefined;
    if (oldest === undefined) dropped("nobody waits for it");
    else client.peer.deliver(line.asReply(oldest));
  }

  /** It may have been any answer, so nobody is left waiting for one. */
  #unreadable(service: Service, why: string): void {
    for (const { client, uidText } of service.abandon()) {
      tellUnreadable(client, service, uidText, why);
    }
  }

  #notify(service: Service, line: ObjectLine): void {
    if (line.value("service") !== service.name) {
      this.#context.logger.warn(
        { service: service.name },
        "a notification in another name: not passed on",
      );
      return;
    }
    // Python's clients break on other contents.
    if (!line.hasArguments || line.isError || line.overLimit !== undefined) {
      this.#context.logger.warn(
        { service: service.name },
        "a notification without [args, kwargs]: not passed on",
      );
      return;
    }
    const pieces = line.asReply();
    for (const client of service.links) client.peer.deliver(pieces);
  }

  #disconnect(peer: Peer): void {
    peer.close(new ConnectionClosedError("ERR_CLOSED_BY_PEER", `${peer.name}: disconnected`));
  }

  #refuse(peer: Peer, error: PeerError, uid: unknown): void {
    this.#context.logger.debug({ peer: peer.name }, `a message is refused: ${error.message}`);
    // A text that cannot be sent back is as good as none.
    const isText = typeof uid === "string" && uid.isWellFormed();
    const isOther = typeof uid !== "string" && uid !== undefined;
    peer.sendError(error, peer.name, isText || isOther ? uid : "");
  }
}

function tellUnreadable({ peer }: Client, service: Service, uidText: string, why: string): void {
  const text = `the ${textRepr(service.name)} Service answered with what cannot be passed on: ${why}`;
  peer.sendError(new PeerError("ValueError", text), peer.name, parseUid(uidText));
}

function encoded(request: RequestMessage, requester: string): Uint8Array {
  const out = new ByteWriter();
  encodeMessage(out, { ...request, requester });
  return out.take();
}
