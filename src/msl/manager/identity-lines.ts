import { ByteWriter } from "../../bytes/writer.ts";
import { SerializeError } from "../../errors.ts";
import { json } from "../../serializers/json.ts";
import type { PlainRecord } from "../../values/types.ts";
import { MSL_HOOKS } from "../encoder.ts";
import { PeerError } from "./peer-error.ts";
import { Client, type Service } from "./registry.ts";

/**
 * What the manager says of those who are connected, each written once, when it came: to write all of it for each that
 * asks would hold everybody up.
 */
export class IdentityLines {
  readonly #maxBytes: number;
  readonly #clients = new Map<Client, Uint8Array>();
  readonly #services = new Map<Service, Uint8Array>();
  #byteLength = 0;

  /** @param maxBytes - Of all identities together: whoever asks gets all of them. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @throws PeerError for what cannot be sent, such as half a surrogate pair, and for more than there is room for. */
  add(member: Client | Service): void {
    const key = member instanceof Client ? member.key : member.name;
    const entry = entryOf(key, member.identity);
    if (this.#byteLength + entry.byteLength > this.#maxBytes) {
      throw new PeerError(
        "OverflowError",
        `The identities of all clients and services have at most ${this.#maxBytes} bytes, and this one is over it`,
      );
    }
    this.#byteLength += entry.byteLength;
    if (member instanceof Client) this.#clients.set(member, entry);
    else this.#services.set(member, entry);
  }

  remove(member: Client | Service): void {
    const entries: Map<Client | Service, Uint8Array> =
      member instanceof Client ? this.#clients : this.#services;
    this.#byteLength -= entries.get(member)?.byteLength ?? 0;
    entries.delete(member);
  }

  /**
   * The answer to who asks for the manager's identity, in pieces.
   * @param manager - What it says of itself.
   */
  answer(manager: Readonly<PlainRecord>, requester: string, uid: unknown): Uint8Array[] {
    const head = encoded({ error: false, requester, uid, uuid: uid });
    return [
      head.subarray(0, -1),
      Buffer.from(', "result": '),
      encoded(manager).subarray(0, -1),
      Buffer.from(', "clients": {'),
      ...listed(this.#clients.values()),
      Buffer.from('}, "services": {'),
      ...listed(this.#services.values()),
      Buffer.from("}}}\r\n"),
    ];
  }
}

const BEFORE_ENTRY = '{"result": {"services": {'.length;
const COMMA = Buffer.from(", ");

function listed(entries: Iterable<Uint8Array>): Uint8Array[] {
  return Array.from(entries, (entry) => [COMMA, entry])
    .flat()
    .slice(1);
}

/** `"Calc": {…}`, judged where it will stand. */
function entryOf(key: string, identity: object): Uint8Array {
  try {
    return encoded({ result: { services: { [key]: identity } } }).subarray(BEFORE_ENTRY, -3);
  } catch (error) {
    if (!(error instanceof SerializeError)) throw error;
    throw new PeerError("ValueError", `The identity cannot be passed on: ${error.message}`);
  }
}

function encoded(value: Readonly<PlainRecord>): Uint8Array {
  const out = new ByteWriter();
  json.encode(value, out, MSL_HOOKS);
  return out.take();
}
