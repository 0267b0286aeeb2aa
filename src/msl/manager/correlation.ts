import { json } from "../../serializers/json.ts";
import { PLAIN_HOOKS } from "../../serializers/plain-hooks.ts";

/** The correlation id that is spelt so on the wire. */
export function parseUid(text: string): unknown {
  return json.decode(Buffer.from(text), PLAIN_HOOKS);
}

/** Tells ids apart by what they mean, since whoever answers may spell one otherwise. */
export function keyOfUid(text: string): string {
  // The ids of Python's clients need no parser.
  if (text.startsWith('"') && !text.includes("\\")) return text;
  const value = parseUid(text);
  return typeof value === "bigint" ? `${value}` : JSON.stringify(value);
}
