import { json } from "../../serializers/json.ts";
import { PLAIN_HOOKS } from "../../serializers/plain-hooks.ts";
import { type PlainRecord, setKey } from "../../values/types.ts";
import { DISCONNECT, MANAGER, type RequestMessage } from "../messages.ts";

/**
 * Reads a line that somebody typed, with `openssl s_client` or `nc`, as the request that it stands for.
 * @returns undefined where it has no service and attribute.
 * @see spec/msl-network.md 12
 */
export function parseTerminalRequest(text: string): RequestMessage | undefined {
  const line = text.trim();
  const lower = line.toLowerCase();
  if (lower === "identity") return request(MANAGER, "identity");
  if (lower === "disconnect" || lower === "exit" || lower === DISCONNECT) {
    return request("self", DISCONNECT);
  }
  if (lower.startsWith("link")) {
    return request(MANAGER, "link", [line.slice(4).trim().replaceAll('"', "")]);
  }
  const words = /^("[^"]*"|\S+)\s+("[^"]*"|\S+)\s*(.*)$/s.exec(line.replaceAll("'", '"'));
  if (!words) return undefined;
  const [, service = "", attribute = "", parameters = ""] = words;
  const { args, kwargs } = readParameters(parameters);
  return request(service.replaceAll('"', ""), attribute.replaceAll('"', ""), args, kwargs);
}

/** Reads what somebody typed who was asked who they are: `client`, or `client My Name`. */
export function parseTerminalIdentity(text: string): PlainRecord | undefined {
  const [first = "", ...words] = text.trim().split(/\s+/);
  if (first.toLowerCase() !== "client") return undefined;
  const name = words.join(" ").replaceAll('"', "");
  return { type: "client", name: name || "Client" };
}

function request(
  service: string,
  attribute: string,
  args: readonly unknown[] = [],
  kwargs: PlainRecord = {},
): RequestMessage {
  return { kind: "request", service, attribute, args, kwargs, uid: "" };
}

/** `1 2.5 "two words" key=value`: whatever stands behind the first keyword argument is one, too, or is left out. */
function readParameters(text: string): { args: unknown[]; kwargs: PlainRecord } {
  const args: unknown[] = [];
  const kwargs: PlainRecord = {};
  let keyword = false;
  for (const [, key, value = ""] of text.matchAll(/(?:(\w+)\s*=\s*)?("[^"]*"|[^"\s]+)/g)) {
    if (key !== undefined) {
      setKey(kwargs, key, readValue(value));
      keyword = true;
    } else if (!keyword) {
      args.push(readValue(value));
    }
  }
  return { args, kwargs };
}

function readValue(text: string): unknown {
  switch (text.toLowerCase()) {
    case "true":
      return true;
    case "false":
      return false;
    case "null":
    case "none":
      return null;
  }
  // Bare words that Python adds to JSON are text here.
  if (/^[NI]/.test(text)) return text;
  try {
    return json.decode(Buffer.from(text), PLAIN_HOOKS);
  } catch {
    return text;
  }
}
