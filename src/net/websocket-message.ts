import { randomFillSync } from "node:crypto";

/** The last, and only, frame of a binary message. @see RFC 6455, 5.2 */
const FIN_BINARY = 0x82;
const MASKED = 0x80;
const MASK_BYTES = 4;
/** In place of a length: it follows in 16 bits. */
const LENGTH_16 = 126;
/** What `shortMessage` takes. */
export const SHORT_BYTES: number = 8 * 1024;

/**
 * A binary message of a WebSocket in one piece, head and copied bytes: ws writes the two apart, which costs more than a
 * copy. What a client sends is masked.
 */
export function shortMessage(bytes: Uint8Array, masked: boolean): Buffer {
  const length = bytes.byteLength;
  const maskAt = length < LENGTH_16 ? 2 : 4;
  const start = masked ? maskAt + MASK_BYTES : maskAt;
  const message = Buffer.allocUnsafe(start + length);
  const flag = masked ? MASKED : 0;
  message[0] = FIN_BINARY;
  if (length < LENGTH_16) message[1] = flag | length;
  else {
    message[1] = flag | LENGTH_16;
    message[2] = length >>> 8;
    message[3] = length;
  }
  if (!masked) {
    message.set(bytes, start);
    return message;
  }
  if (masksUsed === masks.length) {
    randomFillSync(masks);
    masksUsed = 0;
  }
  for (let i = 0; i < MASK_BYTES; i++) message[maskAt + i] = masks[masksUsed++] as number;
  for (let i = 0; i < length; i++) {
    message[start + i] = (bytes[i] as number) ^ (message[maskAt + (i & 3)] as number);
  }
  return message;
}

/** Random bytes for the masks to come: to make a thousand costs little more than to make one. */
const masks: Buffer = Buffer.alloc(4096);
let masksUsed: number = masks.length;
