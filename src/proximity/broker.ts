/** The words of generation 3's broker, as frames. @see spec of PyProximity, "Generation 3 with a broker". */
export const READY = 0x01;
export const HEARTBEAT = 0x02;
export const ACKNOWLEDGED = 0x03;
export const NO_SUCH_WORKER = 0x04;
export const ANSWER = 0x05;
export const QUIT = 0x10;

/** Four octets, and no one octet: a slip of the original that is its wire format now. */
export const PUBLICATIONS: Readonly<Record<Publication, Uint8Array>> = {
  alert: Uint8Array.of(0x00, 0x78, 0x30, 0x36),
  sample: Uint8Array.of(0x00, 0x78, 0x30, 0x37),
  log: Uint8Array.of(0x00, 0x78, 0x30, 0x38),
};

/** What a worker publishes: one reading of many, something that somebody must know, or a line for the log. */
export type Publication = "alert" | "sample" | "log";

/** Whether a frame is that word. */
export function isWord(frame: Uint8Array | undefined, word: number): boolean {
  return frame?.byteLength === 1 && frame[0] === word;
}

export function wordFrame(word: number): Buffer {
  return Buffer.of(word);
}
