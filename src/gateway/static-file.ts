import type { IncomingMessage, ServerResponse } from "node:http";

/** How a file may be compressed: the names that HTTP has for it, and what its name ends with, the best first. */
export const ENCODINGS: readonly (readonly [encoding: string, suffix: string])[] = [
  ["br", ".br"],
  ["gzip", ".gz"],
];

/** A file as it is sent. */
export interface StaticFile {
  readonly type: string;
  /** Another one where the bytes are others; with its quotes. */
  readonly tag: string;
  /** The bytes as they are (`"identity"`), and compressed. */
  readonly bytes: ReadonlyMap<string, Buffer>;
}

/** Answers with a file, as small as the caller can take it; with nothing where the caller has it already. */
export function sendFile(
  { headers: asked }: IncomingMessage,
  response: ServerResponse,
  file: StaticFile,
  headers: readonly string[],
): void {
  const common = [...headers, "ETag", file.tag, "Vary", "Accept-Encoding"];
  if (asked["if-none-match"]?.includes(file.tag)) {
    response.writeHead(304, common).end();
    return;
  }
  const [encoding, bytes] = chosen(file, String(asked["accept-encoding"] ?? ""));
  response.writeHead(200, [
    ...["Content-Type", file.type, "Content-Length", `${bytes.byteLength}`],
    ...(encoding === "identity" ? [] : ["Content-Encoding", encoding]),
    ...common,
  ]);
  response.end(bytes);
}

function chosen({ bytes }: StaticFile, accepted: string): [encoding: string, bytes: Buffer] {
  const offers = accepted.split(",").map((part) => part.trim());
  for (const [encoding] of ENCODINGS) {
    const found = bytes.get(encoding);
    const isTaken = offers.some((offer) => {
      const [name, quality = ""] = offer.split(";");
      return name?.trim() === encoding && !/^\s*q=0(\.0*)?$/.test(quality);
    });
    if (found && isTaken) return [encoding, found];
  }
  return ["identity", bytes.get("identity") as Buffer];
}
