import { SerializeError } from "../../errors.ts";
import { msgpack, msgpackRich } from "../../serializers/msgpack.ts";
import type { Serializer, SerializerName } from "../../serializers/serializer.ts";

/** What Bunsen peers speak; the others are for Python. */
export function serializerNamed(name: SerializerName, bunsen = false): Serializer {
  return bunsen && name === "msgpack" ? msgpackRich : SERIALIZERS[name];
}

export const serpent: Serializer = unspoken("serpent");
export const json: Serializer = unspoken("json");
export const marshal: Serializer = unspoken("marshal");
const SERIALIZERS: Record<SerializerName, Serializer> = { serpent, json, marshal, msgpack };

export { msgpack, msgpackRich };

function unspoken(name: SerializerName): Serializer {
  const refuse = (): never => {
    throw new SerializeError("ERR_SERIALIZER", `${name} is not spoken in a browser`);
  };
  return { name, encode: refuse, decode: refuse };
}
