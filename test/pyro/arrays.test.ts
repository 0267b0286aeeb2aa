import { expect, it } from "vitest";
import { connect, Daemon, expose, NdArray, ndarray } from "../../src/index.ts";
import type { SerializerName } from "../../src/serializers/index.ts";
import { checkLeaks } from "../support/leaks.ts";

checkLeaks();

class Camera {
  /** What came last: to see it as it arrived. */
  last: NdArray | undefined;
  echo(array: NdArray) {
    this.last = array;
    return array;
  }
  async *rows(array: NdArray<"float64">) {
    const [rows = 0, columns = 0] = array.shape;
    for (let row = 0; row < rows; row++) {
      yield ndarray(array.data.subarray(row * columns, (row + 1) * columns), { unit: array.unit });
    }
  }
}
expose(Camera, { echo: true, rows: true });

async function lab(serializer?: SerializerName) {
  const daemon = new Daemon();
  const camera = new Camera();
  daemon.register("camera", camera);
  await daemon.listen("pyro://127.0.0.1:0");
  const remote = await connect<Camera>(daemon.uriFor("camera"), serializer ? { serializer } : {});
  return {
    camera,
    remote,
    [Symbol.asyncDispose]: async () => {
      await remote[Symbol.asyncDispose]();
      await daemon.close();
    },
  };
}

it.each([undefined, "serpent", "json", "marshal", "msgpack"] as const)(
  "arrays cross between two Bunsen peers in %s",
  async (serializer) => {
    await using pair = await lab(serializer);
    const array = ndarray([[1, 2, 3], [4, 5, 6]], { dtype: "float32", order: "F", unit: "V" }); // biome-ignore format: a table
    const back = await pair.remote.echo(array);
    for (const arrived of [back, pair.camera.last as NdArray]) {
      expect(arrived).toBeInstanceOf(NdArray);
      expect(arrived).toEqual(array);
      expect(arrived).not.toBe(array);
    }
  },
);

it("a large array is read where its message arrived", async () => {
  await using pair = await lab();
  const array = ndarray(
    Float64Array.from({ length: 200_000 }, (_, i) => i),
    { shape: [2, 100_000] },
  );
  const back = await pair.remote.echo(array);
  expect(back.data).toEqual(array.data);
  for (const arrived of [back, pair.camera.last as NdArray]) {
    // Behind the head of the message, in the block that the socket's pieces were joined in.
    expect(arrived.data.byteOffset).toBeGreaterThan(0);
    expect(arrived.data.buffer.byteLength).toBeLessThan(array.data.byteLength + 200);
  }
});

it("arrays are items of pushed streams", async () => {
  await using pair = await lab();
  const array = ndarray([[1, 2], [3, 4], [5, 6]], { unit: "K" }); // biome-ignore format: a table
  const rows: unknown[] = [];
  for await (const row of pair.remote.rows(array)) rows.push([row.toNested(), row.unit]);
  expect(rows).toEqual([[[1, 2], "K"], [[3, 4], "K"], [[5, 6], "K"]]); // biome-ignore format: a table
});

it("an array that cannot be read is refused, and the connection goes on", async () => {
  await using pair = await lab();
  const record = { __class__: "bunsen.NdArray", dtype: "|O", shape: [1], data: new Uint8Array(8) };
  await expect(pair.remote.echo(record as unknown as NdArray)).rejects.toThrow(
    'an array arrived that cannot be read: its dtype is "|O"',
  );
  expect((await pair.remote.echo(ndarray(1))).at()).toBe(1);
});
