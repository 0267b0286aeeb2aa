import { ProtocolError } from "../errors.ts";
import {
  type Description,
  fromWire as descriptionFromWire,
  toWire as descriptionToWire,
} from "../objects/description.ts";
import { isPlainRecord, type PlainRecord } from "../values/types.ts";
import type { Generation } from "./header.ts";
import { descriptionFromMetadata, metadataOf, metadataToWire } from "./metadata.ts";

/** What a CONNECT carries. Pyro4 without metadata sends no object. */
export interface ConnectData {
  readonly handshake: unknown;
  readonly object: string | undefined;
}

/**
 * Reads the payload of a CONNECT.
 * @throws ProtocolError `ERR_HANDSHAKE`; the text for a missing key is Python's `KeyError`.
 */
export function readConnect(
  value: unknown,
  { needsObject }: { readonly needsObject: boolean },
): ConnectData {
  if (!isRecord(value)) {
    throw new ProtocolError(
      "ERR_HANDSHAKE",
      "the handshake must be a dict with the keys 'handshake' and 'object'",
    );
  }
  if (!Object.hasOwn(value, "handshake")) throw new ProtocolError("ERR_HANDSHAKE", "'handshake'");
  if (needsObject && !Object.hasOwn(value, "object")) {
    throw new ProtocolError("ERR_HANDSHAKE", "'object'");
  }
  const { handshake, object } = value;
  if (object !== undefined && typeof object !== "string") {
    throw new ProtocolError("ERR_HANDSHAKE", "'object' must be text");
  }
  return { handshake, object };
}

/**
 * The payload of a CONNECTOK. A Bunsen peer is told more of the object than its members' names, and how many callbacks
 * this side takes.
 */
export function connectAnswer(
  handshake: unknown,
  description: Description,
  peer: { readonly generation: Generation; readonly bunsen: boolean },
  callbacks: number,
): PlainRecord {
  const meta = metadataToWire(metadataOf(description), peer.generation === 4);
  if (!peer.bunsen) return { handshake, meta };
  const rich = { version: 1, description: descriptionToWire(description), callbacks };
  return { handshake, meta, bunsen: rich };
}

/** What a daemon answered to a CONNECT. */
export interface Welcome {
  readonly description: Description;
  readonly handshake: unknown;
  readonly bunsen: boolean;
  /** How many functions and objects of this side the peer takes. */
  readonly callbacks: number;
}

/** Reads the payload of a CONNECTOK. */
export function readWelcome(answer: unknown, bunsen: boolean): Welcome {
  if (!isRecord(answer) || !("meta" in answer)) {
    // Pyro4 with METADATA off answers with the handshake alone.
    return { description: { members: new Map() }, handshake: answer, bunsen: false, callbacks: 0 };
  }
  const { handshake, meta, bunsen: rich } = answer;
  if (!bunsen || !isRecord(rich)) {
    return { description: descriptionFromMetadata(meta), handshake, bunsen, callbacks: 0 };
  }
  const { description, callbacks } = rich;
  return {
    description: descriptionFromWire(description),
    handshake,
    bunsen,
    callbacks: typeof callbacks === "number" ? callbacks : 0,
  };
}

function isRecord(value: unknown): value is PlainRecord {
  return typeof value === "object" && value !== null && isPlainRecord(value);
}
