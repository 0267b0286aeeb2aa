import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../src/bytes/writer.ts";
import { encodeGradually } from "../../src/serializers/gradual.ts";
import { json, marshal, msgpack, msgpackRich, serpent } from "../../src/serializers/index.ts";
import { PLAIN_HOOKS } from "../../src/serializers/plain-hooks.ts";
import { setKey, tuple } from "../../src/values/types.ts";

describe.each([
  ["serpent", serpent],
  ["json", json],
  ["marshal", marshal],
  ["msgpack", msgpack],
  ["msgpack of Bunsen", msgpackRich],
])("a record that is written gradually in %s", (_, serializer) => {
  const record = (size: number) => {
    const made: Record<string, unknown> = {};
    for (let i = 0; i < size; i++) {
      setKey(
        made,
        `lab.${i}`,
        i % 2 ? `PYRO:o@h:${i}` : tuple<unknown>("PYRO:o@h:1", new Set(["ä", i])),
      );
    }
    return made;
  };

  it.each([0, 1, 15, 16, 249, 250, 251, 1000, 65_535, 65_536])(
    "is the same as one that is written at once, of %i entries",
    (size) => {
      const value = record(size);
      if (size > 3) setKey(value, "__proto__", "a key like any other");
      const [whole, parts] = [new ByteWriter(), new ByteWriter()];
      serializer.encode(value, whole, PLAIN_HOOKS);
      let chunks = 0;
      for (const _chunk of encodeGradually(value, serializer, parts, PLAIN_HOOKS)) chunks++;
      expect(Buffer.compare(parts.view(), whole.view())).toBe(0);
      expect(chunks).toBe(Math.ceil(Object.keys(value).length / 250));
    },
  );

  it("names the place of what cannot be sent", () => {
    const value = { ...record(300), bad: Symbol("no") };
    const write = () => [...encodeGradually(value, serializer, new ByteWriter(), PLAIN_HOOKS)];
    expect(write).toThrow(/\.bad: a symbol cannot be sent/);
  });
});
