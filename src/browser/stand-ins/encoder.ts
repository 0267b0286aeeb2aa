import type { ByteWriter } from "../../bytes/writer.ts";
import type { MessageHead } from "../../pyro/encoder.ts";
import {
  BUNSEN_MARK,
  Flag,
  HEADER_BYTES_5,
  MAGIC_5,
  millisecondsToBytes,
  TAG,
  TIME_LEFT,
  VERSION_5,
} from "../../pyro/header.ts";

/** Writes one message in Pyro5's shape. If it throws, `out` is as it was before. */
export function encodeMessage(
  out: ByteWriter,
  head: MessageHead,
  writePayload: (out: ByteWriter) => void,
): void {
  const { correlationId, annotations, timeLeftMs = 0 } = head;
  const at = out.length;
  try {
    out.reserve(HEADER_BYTES_5);
    const carried = new Map(annotations);
    if (timeLeftMs > 0) carried.set(TIME_LEFT, millisecondsToBytes(timeLeftMs));
    for (const [id, data] of carried) {
      out.latin1(id);
      out.u32(data.byteLength);
      out.bytes(data);
    }
    const payloadAt = out.length;
    writePayload(out);
    out.setU32(at, TAG);
    out.setU16(at + 4, VERSION_5);
    out.setU8(at + 6, head.type);
    out.setU8(at + 7, head.serializerId);
    out.setU16(at + 8, correlationId ? head.flags | Flag.CorrelationId : head.flags);
    out.setU16(at + 10, head.seq);
    out.setU32(at + 12, out.length - payloadAt);
    out.setU32(at + 16, payloadAt - at - HEADER_BYTES_5);
    if (correlationId) out.setBytes(at + 20, correlationId);
    else out.fill(at + 20, 16);
    out.setU16(at + 36, BUNSEN_MARK);
    out.setU16(at + 38, MAGIC_5);
  } catch (error) {
    out.truncate(at);
    throw error;
  }
}
