import { expect, it } from "vitest";
import { ByteWriter } from "../../src/bytes/writer.ts";
import { expose } from "../../src/objects/expose.ts";
import { serializerNamed } from "../../src/serializers/index.ts";

it.each(["serpent", "json", "marshal", "msgpack"] as const)(
  "%s asks the class hooks about an object that was exposed, though it looks like a record",
  (name) => {
    const probe = expose({ read: () => 1 }, { read: true });
    const serializer = serializerNamed(name);
    const out = new ByteWriter();
    const hooks = { toWire: () => "a reference", fromWire: (record: object) => record };
    serializer.encode({ probe }, out, hooks as never);
    expect(serializer.decode(out.take(), hooks as never)).toEqual({ probe: "a reference" });
  },
);
