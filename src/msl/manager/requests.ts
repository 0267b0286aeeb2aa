import { ConnectionClosedError } from "../../errors.ts";
import { textRepr } from "../../serializers/serpent-text.ts";
import type { PlainRecord } from "../../values/types.ts";
import type { RequestMessage } from "../messages.ts";
import { type AdminContext, answerAdmin } from "./admin.ts";
import { type AdmissionContext, askLogin, Rejection } from "./admission.ts";
import { PeerError } from "./peer-error.ts";
import { Client, type Registry } from "./registry.ts";
import type { Member } from "./router.ts";

export const SHUTDOWN_MANAGER = "shutdown_manager";

export interface ManagerRequestContext extends AdmissionContext, AdminContext {
  readonly registry: Registry;
  /** The answer to who asks for the manager's identity. */
  identityLine(requester: string, uid: unknown): readonly Uint8Array[];
  /** An administrator wants the manager to stop. */
  shutDown(by: Member): void;
}

/** Answers what clients and services ask of the manager itself. @see spec/msl-network.md 6.5, 6.6, 7 */
export class ManagerRequests {
  readonly #context: ManagerRequestContext;

  constructor(context: ManagerRequestContext) {
    this.#context = context;
  }

  /** The promise is there only for administrators' requests, which take time. */
  answer(member: Member, request: RequestMessage): void | Promise<void> {
    const uid = request.uid ?? "";
    const { peer } = member;
    if (request.attribute === "identity") {
      peer.deliver(this.#context.identityLine(peer.name, uid));
      return;
    }
    let result: unknown;
    try {
      result = this.#result(member, request);
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      peer.sendError(error, peer.name, uid);
      return;
    }
    if (result === undefined) return this.#answerAdmin(member, request);
    peer.send({ kind: "result", result, requester: peer.name, uid });
  }

  /** Undefined for what only administrators may ask. */
  #result(member: Member, { attribute, args, kwargs }: RequestMessage): unknown {
    const { registry } = this.#context;
    switch (attribute) {
      case "link":
        return registry.link(clientOf(member), serviceName(args));
      case "unlink":
        return registry.unlink(clientOf(member), serviceName(args));
      case "acquire_lock":
        return registry.acquireLock(clientOf(member), serviceName(args), isShared(kwargs));
      case "release_lock":
        return registry.releaseLock(clientOf(member), serviceName(args));
    }
    return undefined;
  }

  /** Python's clients expect these answers without the id of their request. */
  async #answerAdmin(member: Member, { attribute, args, kwargs }: RequestMessage): Promise<void> {
    const { peer } = member;
    try {
      if (!peer.isAdmin) await askLogin(peer, this.#context);
      if (!peer.isAdmin) {
        const text = "You must be an administrator to send this request to the Manager";
        throw new PeerError("ValueError", text);
      }
      if (attribute === SHUTDOWN_MANAGER) {
        this.#context.shutDown(member);
        return;
      }
      const result = await answerAdmin(this.#context, attribute, args, kwargs);
      peer.send({ kind: "result", result, requester: peer.name, uid: "" });
    } catch (error) {
      if (error instanceof PeerError) peer.sendError(error, peer.name, "");
      else if (error instanceof Rejection) this.#reject(member, error);
      else throw error;
    }
  }

  #reject({ peer }: Member, { error, message }: Rejection): void {
    if (error) peer.sendError(error, this.#context.name, "");
    peer.close(new ConnectionClosedError("ERR_REJECTED", `${peer.name}: ${message}`));
  }
}

function clientOf(member: Member): Client {
  if (member instanceof Client) return member;
  throw new PeerError("PermissionError", "Only clients can be linked with services");
}

function serviceName(args: readonly unknown[]): string {
  const [name] = args;
  if (name === undefined) throw new PeerError("IndexError", "list index out of range");
  if (typeof name === "string") return name;
  throw new PeerError(
    "TypeError",
    `The name of a service is a text, not ${textRepr(String(name))}`,
  );
}

function isShared(kwargs: Readonly<PlainRecord>): boolean {
  if (!Object.hasOwn(kwargs, "shared")) throw new PeerError("KeyError", "shared");
  return Boolean(kwargs["shared"]);
}
