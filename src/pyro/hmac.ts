import {
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";
import type { Annotations } from "../objects/call.ts";
import type { UncheckedFrame } from "./decoder.ts";
import { SIGNATURE_BYTES, SIGNATURE_ID, type Signer } from "./encoder.ts";
import { RefusedFrame } from "./header.ts";

/** A key that both ends know: bytes, or text, which stands for its UTF-8 bytes as in Pyro4. */
export type HmacKey = string | Uint8Array;

/** A key that a listener accepts, and whom it proves its owner to be. */
export interface AcceptedHmacKey {
  readonly key: HmacKey;
  /** What `callContext().caller.identity` is for callers that sign with the key. */
  readonly identity: string;
}

/** One key, ready to sign. Neither an error nor a log line can show it: it has no property that holds it. */
export class MessageKey implements Signer {
  readonly identity: string | undefined;
  readonly #secret: KeyObject;

  /** @throws TypeError for an empty key: in Pyro4 that is none, and would let everybody in. */
  constructor(key: HmacKey, identity?: string) {
    const bytes = typeof key === "string" ? Buffer.from(key) : key;
    if (!(bytes instanceof Uint8Array) || bytes.byteLength === 0) {
      throw new TypeError("Expected an HMAC key of text or bytes that is not empty");
    }
    this.#secret = createSecretKey(bytes);
    this.identity = identity;
  }

  /**
   * Signs the payload as it is sent (compressed, if it is) and the annotations in the order of their ids. Neither header
   * nor ids are covered.
   * @see Pyro4 `message.py`, `hmac`.
   */
  sign(payload: Uint8Array, annotations: Annotations | undefined): Uint8Array {
    const mac = createHmac("sha1", this.#secret).update(payload);
    for (const id of [...(annotations?.keys() ?? [])].sort()) {
      if (id !== SIGNATURE_ID) mac.update(annotations?.get(id) as Uint8Array);
    }
    return mac.digest();
  }

  equals(other: MessageKey): boolean {
    return this.#secret.equals(other.#secret);
  }
}

/**
 * The keys of a listener.
 * @throws TypeError for an empty list, which would let everybody in or nobody, and for a key that is there twice.
 */
export function acceptedKeys(given: readonly (HmacKey | AcceptedHmacKey)[]): MessageKey[] {
  if (given.length === 0) {
    throw new TypeError("Expected `hmacKeys` to hold a key; leave it out to serve without keys");
  }
  const keys = given.map((item) =>
    typeof item === "string" || item instanceof Uint8Array
      ? new MessageKey(item)
      : new MessageKey(item.key, item.identity),
  );
  if (keys.some((key, at) => keys.findIndex((other) => other.equals(key)) !== at)) {
    throw new TypeError("Expected the keys of `hmacKeys` to differ: the same one is there twice");
  }
  return keys;
}

/** On what footing the two ends of a connection talk. */
type Footing =
  /** A listener with keys, before the first message. */
  | { readonly name: "undecided"; readonly keys: readonly MessageKey[] }
  | { readonly name: "unsigned" }
  | { readonly name: "signed"; readonly key: MessageKey };

/** Which advice fits: that for whoever called, or that for whoever was called. */
export interface SigningAdvice {
  /** The other end signs with another key. */
  readonly mismatch: string;
  /** The other end does not sign. */
  readonly missing: (frame: UncheckedFrame) => string;
  /** The other end signs, and this one has no key. */
  readonly unexpected: string;
}

/**
 * The signatures of one connection: judges those that arrive, and knows the key for what is sent. The key of the first
 * message is that of all that follow.
 */
export class Signing {
  #footing: Footing;
  readonly #advice: SigningAdvice;
  /** Whether this end may go on without a signature. */
  readonly #excuses: (frame: UncheckedFrame) => boolean;

  private constructor(
    footing: Footing,
    advice: SigningAdvice,
    excuses: (frame: UncheckedFrame) => boolean,
  ) {
    this.#footing = footing;
    this.#advice = advice;
    this.#excuses = excuses;
  }

  /** Of the calling end. */
  static calling(key: MessageKey | undefined): Signing {
    const footing: Footing = key ? { name: "signed", key } : { name: "unsigned" };
    return new Signing(footing, CALLING_ADVICE, () => false);
  }

  /**
   * Of the serving end.
   * @param isCertified - Whether the caller showed a TLS certificate: Pyro5 knows no keys, so that is what it has instead.
   */
  static serving(keys: readonly MessageKey[] | undefined, isCertified: () => boolean): Signing {
    const footing: Footing = keys ? { name: "undecided", keys } : { name: "unsigned" };
    return new Signing(
      footing,
      SERVING_ADVICE,
      ({ generation, bunsen }) => generation === 5 && !bunsen && isCertified(),
    );
  }

  /** What to sign with; undefined: what is sent has no signature. */
  get key(): MessageKey | undefined {
    return this.#footing.name === "signed" ? this.#footing.key : undefined;
  }

  /**
   * Judges a message, as it was on the wire.
   * @throws RefusedFrame `ERR_HMAC_MISMATCH`, `ERR_HMAC_ASYMMETRIC`, in Pyro4's words.
   */
  check(frame: UncheckedFrame, payload: Uint8Array, annotations: Annotations | undefined): void {
    const signature = annotations?.get(SIGNATURE_ID);
    const footing = this.#footing;
    if (footing.name === "unsigned") {
      // In Pyro5 the id means nothing, unless a Bunsen peer wrote it.
      const isSigned = signature !== undefined && (frame.generation === 4 || frame.bunsen);
      if (isSigned) throw refusal(frame, ASYMMETRIC, this.#advice.unexpected);
    } else if (signature === undefined) {
      this.#checkUnsigned(frame);
    } else {
      const keys = footing.name === "signed" ? [footing.key] : footing.keys;
      const key = keyOf(signature, keys, payload, annotations);
      if (key === undefined) throw this.#mismatch(frame);
      if (footing.name === "undecided") this.#footing = { name: "signed", key };
    }
  }

  #checkUnsigned(frame: UncheckedFrame): void {
    if (this.#footing.name === "signed" || !this.#excuses(frame)) {
      throw refusal(frame, ASYMMETRIC, this.#advice.missing(frame));
    }
    this.#footing = { name: "unsigned" };
  }

  #mismatch(frame: UncheckedFrame): RefusedFrame {
    // The refusal is signed with a key that nobody has: its reader learns that the keys differ, and gets nothing to try
    // keys on, as it would from an answer that is signed with ours.
    if (this.#footing.name === "undecided") {
      this.#footing = { name: "signed", key: new MessageKey(randomBytes(SIGNATURE_BYTES)) };
    }
    return refusal(frame, MISMATCH, this.#advice.mismatch);
  }
}

/** The key that made a signature. All are tried, whichever fits: the time it takes tells nothing of them. */
function keyOf(
  signature: Uint8Array,
  keys: readonly MessageKey[],
  payload: Uint8Array,
  annotations: Annotations | undefined,
): MessageKey | undefined {
  if (signature.byteLength !== SIGNATURE_BYTES) return undefined;
  let found: MessageKey | undefined;
  for (const key of keys) {
    if (timingSafeEqual(signature, key.sign(payload, annotations))) found = key;
  }
  return found;
}

const MISMATCH = { code: "ERR_HMAC_MISMATCH", words: "message hmac mismatch" };
const ASYMMETRIC = { code: "ERR_HMAC_ASYMMETRIC", words: "hmac key config not symmetric" };

/** What Pyro4 says of keys begins with one of these: how a refusal is known that came from the other end. */
export function hmacRefusalCode(text: string): string | undefined {
  return [MISMATCH, ASYMMETRIC].find(({ words }) => text.startsWith(words))?.code;
}

function refusal(
  { generation, seq }: UncheckedFrame,
  { code, words }: typeof MISMATCH,
  advice: string,
): RefusedFrame {
  const text = `${words}: ${advice}`;
  return new RefusedFrame(code, text, { generation, seq, reply: text, isSecurity: true });
}

const CALLING_ADVICE: SigningAdvice = {
  mismatch:
    "the daemon has another HMAC key than this side's hmacKey, or the message was changed on the way; compare the keys (a newline at the end of a file counts)",
  missing: () =>
    "the daemon does not sign its answers, and this side has an hmacKey; give the daemon the key, or connect without one (Pyro5 has no keys: it has TLS)",
  unexpected:
    "the daemon has an HMAC key, and this side none; pass its key as hmacKey (on the command line, --hmac-key-file)",
};

const SERVING_ADVICE: SigningAdvice = {
  mismatch:
    "the caller signs with none of this daemon's keys, or the message was changed on the way",
  missing: ({ generation, bunsen }) => {
    if (bunsen)
      return "this daemon has HMAC keys; pass one as hmacKey (on the command line, --hmac-key-file)";
    return generation === 4
      ? "this daemon has HMAC keys; set _pyroHmacKey of the proxy to one of them"
      : "this daemon has HMAC keys, which Pyro5 has not; connect with a TLS client certificate, or with Pyro4 and one of the keys";
  },
  unexpected: "this daemon has no HMAC keys; leave the caller's unset, or give the daemon the key",
};
