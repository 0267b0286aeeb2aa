import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  Complex,
  connect,
  Daemon,
  expose,
  NdArray,
  ndarray,
  type Remote,
} from "../../src/index.ts";
import type { SerializerName } from "../../src/serializers/index.ts";
import { describeWithPython, type PythonPeer, runPython, spawnPython } from "../support/python.ts";

const PEER = new URL("peers/arrays.py", import.meta.url);
const SERIALIZERS: readonly SerializerName[] = ["serpent", "json", "marshal", "msgpack"];

/** What peers/arrays.py serves. */
interface PythonArrays {
  names(): string[];
  make(name: string): NdArray;
  check(name: string, array: NdArray): string;
  tolist(array: NdArray): [string, number[], unknown, string | null];
  mean(array: NdArray): number;
  nested(): { arrays: NdArray[]; n: number };
  depth(record: { arrays: NdArray[] }): string[];
  stream(): AsyncIterable<NdArray>;
  scalar(dtype: string): unknown;
  scalars(): unknown;
  bad(what: string): NdArray;
}

class Echo {
  echo(array: unknown) {
    return array;
  }
  facts(array: NdArray) {
    return [array instanceof NdArray, array.dtype, array.shape, array.toNested()];
  }
}
expose(Echo, { echo: true, facts: true });

const daemon = new Daemon();
beforeAll(async () => {
  daemon.register("echo", new Echo());
  await daemon.listen("pyro://127.0.0.1:0");
});
afterAll(() => daemon.close());

describeWithPython.each([[5], [4]] as const)("numpy arrays and Pyro%i", (generation) => {
  let peer: PythonPeer;
  beforeAll(async () => {
    peer = await spawnPython(PEER, [`${generation}`, "serve"], { ready: /READY/ });
  });
  afterAll(() => peer[Symbol.asyncDispose]());

  describe.each(SERIALIZERS)("in %s", (serializer) => {
    let arrays: Remote<PythonArrays>;
    beforeAll(async () => {
      arrays = await connect<PythonArrays>(peer.lines[0] as string, { serializer });
    });
    afterAll(() => arrays[Symbol.asyncDispose]?.());

    it("come from a Python daemon, and go back as they were", async () => {
      const problems: Record<string, string> = {};
      const names = await arrays.names();
      expect(names.length).toBeGreaterThan(40);
      for (const name of names) {
        const array = await arrays.make(name);
        expect(array, name).toBeInstanceOf(NdArray);
        const problem = await arrays.check(name, array);
        if (problem) problems[name] = problem;
      }
      expect(problems).toEqual({});
    });

    it("come from a Python client, and go back as they were", async () => {
      const args = [`${generation}`, "call", daemon.uriFor("echo"), serializer];
      expect(JSON.parse(await runPython(PEER, args))).toEqual({
        problems: {},
        count: (await arrays.names()).length,
        facts: [
          true,
          "int32",
          [2, 3],
          [
            [-(2 ** 31), 2 ** 31 - 1, 0],
            [1, 2 ** 31 - 2, 42],
          ],
        ],
        arithmetic: ["ndarray", [3, 8]],
        slice: "V",
      });
    });

    it("have the elements that Python has", async () => {
      const read = async (name: string) => (await arrays.make(name)).toNested();
      expect(await read("i2")).toEqual([
        [-32768, 32767, 0],
        [1, 32766, 42],
      ]);
      expect(await read("u8")).toEqual([
        [0n, 2n ** 64n - 1n, 0n],
        [1n, 2n ** 64n - 2n, 42n],
      ]);
      expect(await read("f2")).toEqual([
        [0.5, -0, Number.POSITIVE_INFINITY],
        [Number.NaN, 65504, 2 ** -14],
      ]);
      expect(await read(">f4")).toEqual(await read("f4"));
      expect(await read("?")).toEqual([
        [true, false, false],
        [true, false, false],
      ]);
      expect(await read("U3")).toEqual([
        ["", "a", "zz"],
        ["é😀", "mid", "end"],
      ]);
      expect(await read("S5")).toEqual([
        [new Uint8Array(), Uint8Array.of(97), Uint8Array.of(122, 122)],
        [Uint8Array.of(0x5c, 0x78), Uint8Array.of(109, 105, 100), Uint8Array.of(101, 110, 100)],
      ]);
      const complex = await arrays.make("c16");
      expect(complex.at(0, 1)).toEqual(new Complex(1, Number.POSITIVE_INFINITY));
      expect((await arrays.make("Fortran order")).at(1, 2, 3)).toBe(23);
      expect((await arrays.make("zero-dimensional")).at()).toBe(1.5);
      expect((await arrays.make("M8[ns]")).dtype).toBe("datetime64[ns]");
      expect((await arrays.make(">m8[10s]")).dtype).toBe("timedelta64[10s]");
      expect((await arrays.make("with a unit")).unit).toBe("mV/√Hz");
    });

    it("made in TypeScript are numpy's", async () => {
      const sent = ndarray(
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        { dtype: "int16", order: "F", unit: "V" },
      );
      expect(await arrays.tolist(sent)).toEqual([
        "int16",
        [2, 3],
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        "V",
      ]);
      const half = ndarray([0.1, -65504, 6e-8], { dtype: "float16" });
      expect(await arrays.tolist(half)).toEqual([
        "float16",
        [3],
        [0.0999755859375, -65504, 2 ** -24],
        null,
      ]);
      expect((await arrays.tolist(ndarray([["é", "ab"]])))[2]).toEqual([["é", "ab"]]);
      expect(await arrays.tolist(ndarray(true))).toEqual(["bool", [], true, null]);
      expect(await arrays.mean(ndarray(Float32Array.of(1, 2, 6)))).toBe(3);
    });

    it("are items of streams", async () => {
      const items: unknown[] = [];
      for await (const item of arrays.stream()) items.push(item.toNested());
      expect(items).toEqual([
        [0, 0],
        [1, 1],
        [2, 2],
      ]);
    });

    // Python's marshal writes whatever has a buffer as bytes, where it does not stand alone.
    if (serializer !== "marshal") {
      it("stand inside lists and dicts", async () => {
        const { arrays: inside } = await arrays.nested();
        expect(inside.map((array) => array.toNested())).toEqual([
          [0n, 1n, 2n],
          [0, 1],
        ]);
        const sent = { arrays: [ndarray([1, 2]), ndarray([true])] };
        expect(await arrays.depth(sent)).toEqual(["ndarray", "ndarray"]);
      });
    }

    it("leave their scalars as numbers", async () => {
      for (const dtype of "i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8".split(" ")) {
        // Python's marshal takes a float64 for bytes.
        if (serializer === "marshal" && dtype === "f8") continue;
        expect(await arrays.scalar(dtype), dtype).toBe(1);
      }
      expect(await arrays.scalar("?")).toBe(true);
      if (serializer !== "json") expect(await arrays.scalar("c8")).toEqual(new Complex(1, 0));
      if (serializer === "marshal") return;
      expect(await arrays.scalars()).toEqual({ mean: 1.5, max: [3], any: true });
    });

    it("are refused with a mask", async () => {
      await expect(arrays.bad("masked")).rejects.toThrow("its mask would be lost");
    });

    it.each([
      ["objects", "object"],
      ["longdouble", "float128|longdouble"],
      ["structure", "f0"],
    ])("of %s are refused", async (what, dtype) => {
      await expect(arrays.bad(what)).rejects.toThrow(
        new RegExp(`an array of dtype .*(${dtype}).* cannot be sent: only numbers`),
      );
    });
  });
});
