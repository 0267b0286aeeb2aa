import { createHash, type DiffieHellmanGroup, getDiffieHellman } from "node:crypto";

/** One side of a key exchange in group 14 of RFC 3526. Its numbers have 2048 bits: bigints, on the wire as well. */
export class DiffieHellman {
  readonly #group: DiffieHellmanGroup = getDiffieHellman("modp14");
  readonly publicKey: bigint;

  constructor() {
    this.publicKey = toBigInt(this.#group.generateKeys());
  }

  /** The key that both sides come to, each with the other's public key. Throws for one that is no such key. */
  sharedKey(otherPublicKey: bigint): Buffer {
    const secret = toBigInt(this.#group.computeSecret(toBytes(otherPublicKey)));
    // Hashed with a leading zero bit, as Python's example does it.
    const hex = secret.toString(16);
    const bytes = Buffer.from(hex.padStart(2 * (bitLength(secret) >> 3) + 2, "0"), "hex");
    return createHash("sha256").update(bytes).digest();
  }
}

function toBigInt(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString("hex")}`);
}

function toBytes(number: bigint): Buffer {
  const hex = number.toString(16);
  return Buffer.from(hex.length % 2 ? `0${hex}` : hex, "hex");
}

function bitLength(number: bigint): number {
  return number.toString(2).length;
}
