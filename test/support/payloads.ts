import { fromHex, type Vector, vectors } from "./vectors.ts";

/** Bytes of a message header. Some recorded messages are of the other generation, so the file does not tell. */
const headerBytes = (protocol: number): number => (protocol >= 500 ? 40 : 24); // Pyro5, Pyro4

/** The recorded messages whose payload that serializer wrote, with the payload's bytes, decompressed. */
export function payloads(
  file: "pyro4" | "pyro5",
  serializer: string,
): { vector: Vector; bytes: Uint8Array }[] {
  return vectors(file)
    .filter(({ payload }) => payload?.serializer === serializer && "value" in payload)
    .map((vector) => {
      if (vector["decompressedHex"]) return { vector, bytes: fromHex(vector["decompressedHex"]) };
      const start = headerBytes(vector["header"].protocol) + vector["header"].annotationsLength;
      return { vector, bytes: fromHex(vector.hex).subarray(start) };
    });
}
