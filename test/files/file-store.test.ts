import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FileStore } from "../../src/index.ts";

const DATA = Uint8Array.from({ length: 600_000 }, (_, i) => i % 251);
const sha256 = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");

let outside: string;
let folder: string;
let store: FileStore;
beforeEach(async () => {
  outside = await mkdtemp(join(tmpdir(), "bunsen-store-"));
  folder = join(outside, "data");
  await mkdir(join(folder, "2026"), { recursive: true });
  await writeFile(join(outside, "secret"), "secret");
  await writeFile(join(folder, "2026/scan.tiff"), DATA);
  await writeFile(join(folder, "empty"), "");
  await symlink(outside, join(folder, "out"));
  await symlink(join(folder, "2026"), join(folder, "in"));
  store = new FileStore(folder, { writable: true });
});
afterEach(() => rm(outside, { recursive: true }));

async function got(name: string, offset?: number) {
  const items = await Array.fromAsync(store.get(name, offset));
  const bytes = items.filter((item) => item instanceof Uint8Array);
  return [items.filter((item) => !(item instanceof Uint8Array)), Buffer.concat(bytes)];
}

describe("a FileStore", () => {
  it("lists its files, those that are whole", async () => {
    await store.put("new", DATA, 0);
    expect(await store.list()).toEqual([
      { name: "2026/scan.tiff", length: 600_000, modified: expect.any(Date) },
      { name: "empty", length: 0, modified: expect.any(Date) },
    ]);
  });

  it.each([0, 1, 256 * 1024, 256 * 1024 + 1, 600_000])(
    "gives a file from byte %i on",
    async (offset) => {
      expect(await got("2026/scan.tiff", offset)).toEqual([
        [{ length: 600_000 }, { sha256: sha256(DATA) }],
        Buffer.from(DATA.subarray(offset)),
      ]);
    },
  );

  it("gives an empty file, and one that a link inside leads to", async () => {
    expect(await got("empty")).toEqual([
      [{ length: 0 }, { sha256: sha256(new Uint8Array()) }],
      Buffer.of(),
    ]);
    expect((await got("in/scan.tiff"))[1]).toHaveLength(600_000);
  });

  it("takes a file in pieces, and moves it to its place when it is whole", async () => {
    const name = "new/folder/a.bin";
    expect(await store.put(name, new Uint8Array())).toBe(0);
    expect(await store.put(name, DATA.subarray(0, 1000), 0)).toBe(1000);
    expect(await store.put(name, DATA.subarray(1000), 1000)).toBe(600_000);
    expect(await store.put(name, new Uint8Array())).toBe(600_000);
    expect(await readdir(join(folder, "new/folder"))).toEqual(["a.bin.part"]);
    expect(await store.put(name, new Uint8Array(), 600_000, sha256(DATA))).toBe(600_000);
    expect(await readdir(join(folder, "new/folder"))).toEqual(["a.bin"]);
    expect(await readFile(join(folder, name))).toEqual(Buffer.from(DATA));
  });

  it("keeps the file that is there until another is whole, and begins anew at offset 0", async () => {
    await store.put("empty", DATA, 0);
    expect(await readFile(join(folder, "empty"), "utf8")).toBe("");
    await store.put("empty", Uint8Array.of(65, 66), 0);
    await store.put("empty", new Uint8Array(), 2, sha256(Uint8Array.of(65, 66)).toUpperCase());
    expect(await readFile(join(folder, "empty"), "utf8")).toBe("AB");
  });

  it("refuses a file whose hash is another, and forgets it", async () => {
    await store.put("empty", DATA, 0);
    await expect(
      store.put("empty", new Uint8Array(), DATA.length, sha256(Uint8Array.of(1))),
    ).rejects.toMatchObject({
      code: "ERR_FILE_CHANGED",
      message: expect.stringMatching(
        /empty did not come as it is at the other end: its SHA-256 is/,
      ),
    });
    expect(await readFile(join(folder, "empty"), "utf8")).toBe("");
    expect(await store.put("empty", new Uint8Array())).toBe(0);
  });

  it("refuses a piece that does not continue what is there", async () => {
    await store.put("a", DATA, 0);
    await expect(store.put("a", DATA, 5)).rejects.toMatchObject({
      code: "ERR_BAD_OFFSET",
      message:
        'Expected an offset into the data: 600000 bytes of "a" are here, and the offset is 5',
    });
    for (const offset of [-1, 0.5, 600_001]) {
      await expect(got("2026/scan.tiff", offset)).rejects.toMatchObject({ code: "ERR_BAD_OFFSET" });
    }
  });

  it.each([
    "",
    "/etc/passwd",
    "../secret",
    "2026/../../secret",
    "2026//scan.tiff",
    "./empty",
    "..\\secret",
    "C:secret",
    "a\0b",
    "out/secret",
    "out/new/secret",
    "empty.part",
    5 as unknown as string,
  ])("reaches nothing by the name %j", async (name) => {
    const refused = { code: "ERR_BAD_FILE_NAME" };
    await expect(store.put(name, DATA, 0)).rejects.toMatchObject(refused);
    const missing = name === "out/new/secret" ? { code: "ENOENT" } : refused;
    await expect(got(name)).rejects.toMatchObject(missing);
    expect((await readdir(outside)).sort()).toEqual(["data", "secret"]);
  });

  it("says which file is missing, and takes none unless it is writable", async () => {
    await expect(got("nothing")).rejects.toMatchObject({ code: "ENOENT" });
    const readOnly = new FileStore(folder);
    await expect(readOnly.put("a", DATA, 0)).rejects.toMatchObject({ code: "ERR_READ_ONLY" });
    await expect(
      new FileStore(join(folder, "none"), { writable: true }).put("a", DATA, 0),
    ).rejects.toMatchObject({ code: "ENOENT" });
  });
});
