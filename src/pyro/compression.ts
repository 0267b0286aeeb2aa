import { constants, deflateSync, inflateSync } from "node:zlib";

/** zlib format (RFC 1950), at the level that Pyro5 uses. */
export function deflate(bytes: Uint8Array): Uint8Array {
  return deflateSync(bytes, { level: 4 });
}

/** A small message can inflate to gigabytes: `maxBytes` ends that before the memory is taken. */
export function inflate(bytes: Uint8Array, maxBytes: number): Uint8Array {
  return inflateSync(bytes, { maxOutputLength: maxBytes, finishFlush: constants.Z_FINISH });
}
