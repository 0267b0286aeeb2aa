import type { ByteWriter } from "../bytes/writer.ts";
import { SerializeError } from "../errors.ts";
import { json } from "../serializers/json.ts";
import { renamePlaces } from "../serializers/path.ts";
import { describeKind, PLAIN_HOOKS } from "../serializers/plain-hooks.ts";
import type { ClassHooks } from "../serializers/serializer.ts";
import type { PlainRecord } from "../values/types.ts";
import { type MslMessage, NOTIFICATION_UID } from "./messages.ts";

/** The protocol has no classes: an object is sent as what its `toJSON()` returns, as Python does with `to_json()`. */
export const MSL_HOOKS: ClassHooks = {
  toWire(value) {
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === "function") return toJSON.call(value);
    throw new SerializeError(
      "ERR_NOT_SERIALIZABLE",
      `${describeKind(value)} cannot be sent; give it a toJSON() method, or send plain values`,
    );
  },
  fromWire: PLAIN_HOOKS.fromWire,
};

/**
 * Appends one message to `out`, ended by CR LF, as Python 1.x writes it, with the correlation id under the keys of both
 * releases. Every key is written that a Python peer insists on.
 * @throws SerializeError `ERR_NOT_SERIALIZABLE` for a value with no mapping, naming the path to it
 *   (`args[1].samples[3]: a function cannot be sent`), `ERR_TOO_DEEP`; then `out` is as it was before.
 */
export function encodeMessage(out: ByteWriter, message: MslMessage): void {
  const start = out.length;
  try {
    json.encode(keysOf(message), out, MSL_HOOKS);
  } catch (error) {
    out.truncate(start);
    throw renamePlaces(error, (path) => path.replace(/^\./, ""));
  }
  out.latin1("\r\n");
}

/** In the order of 1.x: alphabetical. */
function keysOf(message: MslMessage): PlainRecord {
  switch (message.kind) {
    case "request": {
      const { args, attribute, kwargs, requester, service, uid } = message;
      return {
        args,
        attribute,
        error: false,
        kwargs,
        ...(requester === undefined ? {} : { requester }),
        ...(service === undefined ? {} : { service }),
        ...bothKeys(uid),
      };
    }
    case "result":
      return {
        error: false,
        requester: message.requester,
        result: message.result,
        ...bothKeys(message.uid),
      };
    case "error":
      return {
        error: true,
        message: message.message,
        requester: message.requester,
        // Python tells replies by this key, errors among them.
        result: null,
        traceback: message.traceback,
        ...bothKeys(message.uid),
      };
    case "notification":
      return {
        error: false,
        result: [message.args, message.kwargs],
        service: message.service,
        ...bothKeys(NOTIFICATION_UID),
      };
  }
}

function bothKeys(uid: unknown): { uid: unknown; uuid: unknown } {
  return { uid, uuid: uid };
}
