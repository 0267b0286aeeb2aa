import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { byteStream, connect, Daemon, expose } from "../../src/index.ts";
import { checkLeaks } from "../support/leaks.ts";

checkLeaks();

const DATA = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bunsen-bytes-"));
  await writeFile(join(folder, "data"), DATA);
});
afterAll(() => rm(folder, { recursive: true }));

const halves = () => [DATA.subarray(0, 500), DATA.subarray(500)];
const SOURCES: [string, () => Parameters<typeof byteStream>[0]][] = [
  ["a path", () => join(folder, "data")],
  ["a URL", () => new URL(`file://${join(folder, "data")}`)],
  ["bytes", () => DATA],
  ["an ArrayBuffer", () => DATA.slice().buffer],
  ["a Blob", () => new Blob(halves() as Uint8Array<ArrayBuffer>[])],
  ["an iterable", halves],
  ["a generator", async function* () { yield* halves(); }.bind(null)], // biome-ignore format: short
  ["a Node stream", () => Readable.from(halves())],
];

describe.each(SOURCES)("byteStream of %s", (_, source) => {
  it.each([
    [0, 1000],
    [1, 7],
    [499, 300],
    [500, 256 * 1024],
    [1000, 10],
  ])("gives what is behind byte %i, at most %i at a time", async (offset, pieceBytes) => {
    const pieces = await Array.fromAsync(byteStream(source(), { offset, pieceBytes }));
    expect(Buffer.concat(pieces)).toEqual(Buffer.from(DATA.subarray(offset)));
    expect(Math.max(0, ...pieces.map((piece) => piece.byteLength))).toBeLessThanOrEqual(pieceBytes);
    expect(pieces.every((piece) => piece.byteLength > 0)).toBe(true);
  });

  it("refuses an offset behind the end", async () => {
    await expect(Array.fromAsync(byteStream(source(), { offset: 1001 }))).rejects.toThrow(
      /^Expected an offset into the data: 1001 is behind the end.*1000$/,
    );
  });
});

it.each([
  [{ offset: -1 }, "Expected an offset into the data: -1 is none"],
  [{ offset: 0.5 }, "Expected an offset into the data: 0.5 is none"],
  [{ pieceBytes: 0 }, "Expected `pieceBytes` to be at least 1, got 0"],
])("byteStream refuses %o", async (options, message) => {
  await expect(byteStream(DATA, options).next()).rejects.toThrow(message);
});

it("byteStream closes its file when it is left early", async () => {
  for await (const piece of byteStream(join(folder, "data"), { pieceBytes: 1 })) {
    expect(piece).toEqual(DATA.subarray(0, 1));
    break;
  }
});

it("byteStream begins behind 2 GiB, too", async () => {
  const path = join(folder, "sparse");
  await writeFile(path, "");
  await truncate(path, 2 ** 31 + 12_345); // zeros that take no room on the disk
  const pieces = await Array.fromAsync(byteStream(path, { offset: 2 ** 31 }));
  expect(pieces).toEqual([new Uint8Array(12_345)]);
});

it("more than 2 GiB travel as a stream, with a few pieces in memory", async () => {
  const piece = new Uint8Array(1024 * 1024);
  class Archive {
    read() {
      return byteStream(
        Array.from({ length: 2049 }, () => piece),
        { pieceBytes: piece.byteLength },
      );
    }
  }
  expose(Archive, { read: true });
  await using daemon = new Daemon();
  daemon.register("archive", new Archive());
  await daemon.listen("pyro://127.0.0.1:0");
  await using archive = await connect<Archive>(daemon.uriFor("archive"));
  const before = process.memoryUsage.rss();
  let most = 0;
  let length = 0;
  for await (const { byteLength } of archive.read()) {
    length += byteLength;
    most = Math.max(most, process.memoryUsage.rss());
  }
  expect(length).toBe(2049 * 1024 * 1024);
  expect(most - before).toBeLessThan(1024 * 1024 * 1024);
}, 120_000);
