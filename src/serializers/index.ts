import { json } from "./json.ts";
import { marshal } from "./marshal.ts";
import { msgpack, msgpackOld, msgpackRich } from "./msgpack.ts";
import type { Serializer, SerializerName } from "./serializer.ts";
import { serpent, serpentBytes } from "./serpent.ts";

const SERIALIZERS: Record<SerializerName, Serializer> = { serpent, json, marshal, msgpack };

/** The serializer of that name; `bunsen` gives msgpack the extensions that only Bunsen peers read. */
export function serializerNamed(name: SerializerName, bunsen = false): Serializer {
  return bunsen && name === "msgpack" ? msgpackRich : SERIALIZERS[name];
}

export type { ClassHooks, Serializer, SerializerName } from "./serializer.ts";
export { json, marshal, msgpack, msgpackOld, msgpackRich, serpent, serpentBytes };
