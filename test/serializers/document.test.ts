import { describe, expect, it } from "vitest";
import { json } from "../../src/serializers/json.ts";
import { PLAIN_HOOKS } from "../../src/serializers/plain-hooks.ts";
import { serpent } from "../../src/serializers/serpent.ts";
import { encoded, failure } from "../support/codec.ts";

describe.each([
  ["serpent", serpent],
  ["json", json],
])("%s", (name, serializer) => {
  it.each([0, 1, 2, 3, 196_607, 196_608, 196_609, 1_000_000])("carries %i bytes", (count) => {
    const bytes = Uint8Array.from({ length: count }, (_, i) => (i * 7) % 256);
    expect(serializer.decode(encoded(serializer, bytes), PLAIN_HOOKS)).toEqual(bytes);
  });

  it("refuses a payload that is more than a text of the runtime holds, and says what carries it", () => {
    const bytes = new Uint8Array(0x2000_0000); // zeros that nobody touches take no memory
    expect(failure(() => serializer.decode(bytes, PLAIN_HOOKS))).toEqual([
      "ERR_BAD_PAYLOAD",
      `${name}: a payload of 536870912 bytes is more than one text can hold here; send large data in msgpack or marshal, or as a stream`,
    ]);
  });
});
