import { createHash, pbkdf2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/** As the Python package stores them, so that either can read the other's table. @see spec/msl-network.md 10 */
const ITERATIONS = 100_000;
const KEY_BYTES = 32;
const SALT_BYTES = 16;

export interface PasswordHash {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
}

const derive = promisify(pbkdf2);

/** Takes some 30 ms, in another thread. */
export async function hashPassword(
  password: string,
  salt: Uint8Array = randomBytes(SALT_BYTES),
): Promise<PasswordHash> {
  return { key: await derive(password, salt, ITERATIONS, KEY_BYTES, "sha256"), salt };
}

export async function matchesHash(password: string, { key, salt }: PasswordHash): Promise<boolean> {
  return samePassword(await derive(password, salt, ITERATIONS, KEY_BYTES, "sha256"), key);
}

/** Compares in a time that does not tell how much of it is right, nor how long the right one is. */
export function samePassword(given: string | Uint8Array, right: string | Uint8Array): boolean {
  const digest = (value: string | Uint8Array) => createHash("sha256").update(value).digest();
  return timingSafeEqual(digest(given), digest(right));
}
