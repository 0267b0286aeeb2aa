/** A gateway compresses nothing, as long as it is not told to. */
export const constants = { Z_FINISH: 4 };

export function inflateSync(): never {
  throw new RangeError("a compressed message cannot be read in a browser; leave compression off");
}

export const deflateSync: typeof inflateSync = inflateSync;
