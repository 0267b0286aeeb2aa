import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  assign,
  batch,
  connect,
  Daemon,
  expose,
  kwargs,
  type Remote,
  SerializeError,
  withOptions,
} from "../../src/index.ts";
import type { SerializerName } from "../../src/serializers/index.ts";

/** Exposes nothing, and nobody said how it travels. */
class Secret {}

const unsendable = { samples: [1, 2, 3, new Secret()] };

class Sink {
  value: unknown = 1;
  take(..._args: unknown[]) {
    return "taken";
  }
  tell(_text: unknown) {}
  give() {
    return unsendable;
  }
  *items() {
    yield 1;
    yield unsendable;
  }
  *ending() {
    yield 1;
    return unsendable;
  }
  circular() {
    const list: unknown[] = [];
    list.push({ list });
    return list;
  }
}
expose(Sink, {
  value: true,
  take: true,
  tell: { oneway: true },
  give: true,
  items: true,
  ending: true,
  circular: true,
});

const refused = (path: string) =>
  expect.objectContaining({
    code: "ERR_NOT_SERIALIZABLE",
    message: expect.stringMatching(
      new RegExp(`^${escaped(path)}: an instance of Secret cannot be sent`),
    ),
  });

function escaped(text: string): string {
  return text.replace(/[.[\]]/g, "\\$&");
}

describe.each<SerializerName>(["serpent", "json", "marshal", "msgpack"])(
  "what cannot be sent in %s is found by the path that its sender knows",
  (serializer) => {
    const daemon = new Daemon();
    let sink: Remote<Sink>;

    beforeAll(async () => {
      daemon.register("sink", new Sink());
      await daemon.listen("pyro://127.0.0.1:0");
      sink = await connect<Sink>(daemon.uriFor("sink"), { serializer });
    });
    afterAll(() => daemon.close());

    it("in an argument", async () => {
      const call = sink.take("first", unsendable);
      await expect(call).rejects.toBeInstanceOf(SerializeError);
      await expect(call).rejects.toEqual(refused("args[1].samples[3]"));
    });

    it("in a keyword argument", async () => {
      await expect(sink.take(kwargs({ x: unsendable }))).rejects.toEqual(
        refused("kwargs.x.samples[3]"),
      );
    });

    it("in an attribute that is set", async () => {
      await expect(assign(sink, { value: unsendable })).rejects.toEqual(
        refused("value.samples[3]"),
      );
    });

    it("in a one-way call, whose caller is told of what never left", async () => {
      await expect(sink.tell(unsendable)).rejects.toEqual(refused("args[0].samples[3]"));
      await expect(withOptions(sink, { oneway: true }).take(unsendable)).rejects.toEqual(
        refused("args[0].samples[3]"),
      );
    });

    it("in a call of a batch", async () => {
      await expect(batch(sink, (b) => [b.take(1), b.take(2, unsendable)])).rejects.toEqual(
        refused("batch[1].args[1].samples[3]"),
      );
      await expect(batch(sink, (b) => [b.take(kwargs({ x: unsendable }))])).rejects.toEqual(
        refused("batch[0].kwargs.x.samples[3]"),
      );
    });

    it("in a result", async () => {
      await expect(sink.give()).rejects.toBeInstanceOf(SerializeError);
      await expect(sink.give()).rejects.toEqual(refused("result.samples[3]"));
    });

    it("in an item of a stream, and in what a generator returns", async () => {
      await expect(Array.fromAsync(sink.items())).rejects.toEqual(refused("item.samples[3]"));
      await expect(Array.fromAsync(sink.ending())).rejects.toEqual(refused("result.samples[3]"));
    });

    it("where a circle closes", async () => {
      const list: unknown[] = [];
      list.push({ list });
      await expect(sink.take(0, list)).rejects.toMatchObject({
        code: "ERR_TOO_DEEP",
        message: "args[1][0].list: circular, leads back to args[1]",
      });
      await expect(sink.circular()).rejects.toMatchObject({
        message: "result[0].list: circular, leads back to result",
      });
    });

    it("and the connection goes on", async () => {
      expect(await sink.take(1)).toBe("taken");
    });
  },
);
