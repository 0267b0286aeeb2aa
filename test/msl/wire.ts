import { ByteWriter } from "../../src/bytes/writer.ts";
import { encodeMessage } from "../../src/msl/encoder.ts";
import type { MslMessage } from "../../src/msl/messages.ts";
import { vectors } from "../support/vectors.ts";

/** The line of a message, with its terminator. */
export function line(message: MslMessage): string {
  const out = new ByteWriter();
  encodeMessage(out, message);
  return out.view().toString();
}

export interface RecordedLine {
  readonly title: string;
  readonly release: string;
  readonly direction: string;
  readonly raw: string;
  /** The parsed line; undefined where it is no strict JSON. */
  readonly message: Record<string, unknown> | undefined;
}

/** Every line that the real peers wrote. */
export function recordedLines(): RecordedLine[] {
  return vectors("msl-network")
    .filter(({ raw }) => raw !== undefined)
    .map((entry) => ({
      title: `${entry.name} ${entry["version"]} step ${entry["step"]}: ${entry["what"]}`,
      release: entry["version"],
      direction: entry["direction"],
      raw: entry["raw"],
      message: entry["message"] ?? undefined,
    }));
}
