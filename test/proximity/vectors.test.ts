import { describe, expect, it } from "vitest";
import { decodePayload, encodePayload, encodingOf } from "../../src/proximity/payload.ts";
import { classes } from "../../src/values/classes.ts";
import { fromHex, toHex, vectors } from "../support/vectors.ts";

/** Payloads that went between a client and a server, or a worker; the broker's own codes are no payloads. */
interface Recorded {
  readonly name: string;
  readonly payload: Uint8Array;
  readonly decoded: unknown;
}

const BROKEN = /garbage|client-bug/;

const recorded: Recorded[] = vectors("pyproximity")
  .filter(
    ({ name, frames }) => /^(mp|json|py3|rr3json|rr3mp|restart)\./.test(name) && frames.length > 0,
  )
  .filter(({ name }) => !BROKEN.test(name))
  .map(({ name, frames, decoded }) => ({
    name,
    payload: fromHex((frames as string[]).at(-1) as string),
    decoded,
  }));

/** What JSON cannot say of a date, it says as Python shows it. */
const asJson = (value: unknown) => JSON.parse(JSON.stringify(value));

describe("what PyProximity's own ends said", () => {
  it("is all there", () => {
    expect(recorded.length).toBeGreaterThan(120);
  });

  it.each(recorded.map((vector) => [vector.name, vector] as const))(
    "%s is read",
    (name, vector) => {
      const { payload, decoded } = vector;
      const encoding = name.includes("json") ? "json" : "msgpack";
      const value = decodePayload(payload, { encoding, classes });
      // Dates and durations travel as maps that are marked, and are read as what they stand for.
      if (/__(datetime|timedelta)__/.test(JSON.stringify(decoded))) {
        expect(JSON.stringify(value)).toMatch(/\d{4}-\d\d-\d\dT[\d:.]+Z|totalSeconds/);
      } else expect(asJson(value)).toEqual(decoded);
      // Requests are maps: they tell what they are written in.
      if (/\.1$/.test(name) && !name.startsWith("py3")) expect(encodingOf(payload)).toBe(encoding);
    },
  );

  it.each(
    recorded
      .filter(({ name }) => /^(mp|restart|rr3mp)\./.test(name))
      .map((vector) => [vector.name, vector] as const),
  )("%s is written in the same bytes", (_, { payload }) => {
    const value = decodePayload(payload, { encoding: "msgpack", classes });
    expect(toHex(encodePayload(value, { encoding: "msgpack", binary: false, classes }))).toBe(
      toHex(payload),
    );
  });
});
