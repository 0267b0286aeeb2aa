import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Daemon, expose, FileStore } from "../../src/index.ts";
import type { SerializerName } from "../../src/serializers/index.ts";
import { describeWithPython, type PythonPeer, runPython, spawnPython } from "../support/python.ts";
import { MAIN, run } from "./bunsen.ts";

const PEER = new URL("../interop/peers/files.py", import.meta.url);
const DATA = Buffer.from(Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 7) % 251));
const digest = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");
const SHA256 = digest(DATA);

let folder: string; // of the server
let here: string; // of the command
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bunsen-files-"));
});
beforeEach(async () => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  writeFileSync(join(folder, "scan.bin"), DATA);
  writeFileSync(join(folder, "empty"), "");
  here = await mkdtemp(join(tmpdir(), "bunsen-here-"));
  return () => rm(here, { recursive: true });
});
afterAll(() => rm(folder, { recursive: true }));

const local = (name = "file") => join(here, name);
const read = (path: string) => readFileSync(path);
const ok = (stdout: string) => ({ code: 0, stdout, stderr: "" });

/** What members of any server do that `get` and `put` can talk to. */
function anyServer(uri: () => string): void {
  const get = (member: string, file: string, ...args: string[]) =>
    run(["get", uri(), member, file, ...args]);
  const put = (member: string, file: string, ...args: string[]) =>
    run(["put", uri(), member, file, ...args]);

  it("get saves a stream, checked by its hash", async () => {
    expect(await get("get", local(), "scan.bin")).toEqual(
      ok(`${local()}: 3000000 bytes, SHA-256 ${SHA256}, as at the other end\n`),
    );
    expect(read(local())).toEqual(DATA);
    expect(readdirSync(here)).toEqual(["file"]);
    expect((await get("get", local(), "empty")).code).toBe(0);
    expect(read(local())).toHaveLength(0);
  });

  it("get --resume continues what an earlier attempt left", async () => {
    writeFileSync(local("file.part"), DATA.subarray(0, 1_234_567));
    const { code, stdout } = await get("get", local(), "scan.bin", "--resume", "--json");
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      { file: local(), bytes: 3_000_000, resumedAt: 1_234_567, sha256: SHA256, verified: true },
    ]);
    expect(read(local())).toEqual(DATA);
    expect((await get("get", local("b"), "scan.bin", "--resume")).code).toBe(0);
  });

  it("get finds that what it continued was another file, and leaves the one that was there", async () => {
    writeFileSync(local(), "old");
    writeFileSync(local("file.part"), "another file");
    expect(await get("get", local(), "scan.bin", "--resume")).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(
        /did not come as it is at the other end: its SHA-256 is .*sent anew/,
      ),
    });
    expect(read(local()).toString()).toBe("old");
    expect(readdirSync(here)).toEqual(["file"]);
  });

  it("get begins anew without --resume", async () => {
    writeFileSync(local("file.part"), "another file");
    expect((await get("get", local(), "scan.bin")).code).toBe(0);
    expect(read(local())).toEqual(DATA);
  });

  it("put sends a file in pieces", async () => {
    writeFileSync(local(), DATA);
    expect(await put("put", local(), "new.bin")).toEqual(
      ok(`${local()}: 3000000 bytes, SHA-256 ${SHA256}\n`),
    );
    expect(read(join(folder, "new.bin"))).toEqual(DATA);
    writeFileSync(local(), "");
    expect((await put("put", local(), "new.bin")).code).toBe(0);
    expect(read(join(folder, "new.bin"))).toHaveLength(0);
  });

  it("put --resume goes on behind what is there", async () => {
    writeFileSync(local(), DATA);
    writeFileSync(join(folder, "new.bin.part"), DATA.subarray(0, 1_500_000));
    const { code, stdout } = await put("put", local(), "new.bin", "--resume", "--json");
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      { file: local(), bytes: 3_000_000, resumedAt: 1_500_000, sha256: SHA256 },
    ]);
    expect(read(join(folder, "new.bin"))).toEqual(DATA);
    expect(readdirSync(folder)).not.toContain("new.bin.part");
  });

  it("put does not continue another file", async () => {
    writeFileSync(local(), DATA);
    writeFileSync(join(folder, "new.bin.part"), "another file");
    expect((await put("put", local(), "new.bin", "--resume")).code).toBe(1);
    expect(existsSync(join(folder, "new.bin"))).toBe(false);
    writeFileSync(local("short"), "short");
    writeFileSync(join(folder, "new.bin.part"), DATA);
    expect(await put("put", local("short"), "new.bin", "--resume")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/the other end has 3000000 bytes, more than the 5 of the file/),
    });
  });

  it("a file that is not there is an error, at either end", async () => {
    const missing = await get("get", local(), "nothing");
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/nothing/);
    expect(await put("put", local("nothing"), "a")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/ENOENT/),
    });
    expect(readdirSync(here)).toEqual([]);
  });
}

describe("a FileStore, bunsen", () => {
  class Instrument {
    memory = new Uint8Array();
    trace() {
      return DATA;
    }
    async *stream() {
      yield DATA.subarray(0, 1000);
      yield DATA.subarray(1000);
    }
    load(slot: number, data: Uint8Array) {
      this.memory = Uint8Array.of(slot, ...data);
      return this.memory.byteLength;
    }
    async *late() {
      yield new Uint8Array(10);
      await new Promise(() => {});
    }
  }
  expose(Instrument, { memory: true, trace: true, stream: true, load: true, late: true });

  const daemon = new Daemon();
  const instrument = new Instrument();
  beforeAll(async () => {
    daemon.register("files", new FileStore(folder, { writable: true }));
    daemon.register("instrument", instrument);
    await daemon.listen("pyro://127.0.0.1:0");
  });
  afterAll(() => daemon.close());

  anyServer(() => daemon.uriFor("files"));

  const instrumentUri = () => daemon.uriFor("instrument");

  it("get saves plain bytes, streams without a word of their length, and attributes", async () => {
    instrument.memory = Uint8Array.of(1, 2, 3);
    const want = { trace: DATA, stream: DATA, memory: Buffer.of(1, 2, 3) };
    for (const [member, data] of Object.entries(want)) {
      expect(await run(["get", instrumentUri(), member, local()])).toEqual(
        ok(`${local()}: ${data.length} bytes, SHA-256 ${digest(data)}\n`),
      );
      expect(read(local())).toEqual(data);
    }
  });

  it("put gives all bytes at once to what takes no offset, and sets attributes", async () => {
    writeFileSync(local(), "abc");
    expect(await run(["put", instrumentUri(), "load", local(), "5"])).toEqual(
      ok(`${local()}: 3 bytes\n4\n`),
    );
    const asJson = await run(["put", instrumentUri(), "load", local(), "5", "--json"]);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ bytes: 3, result: 4 });
    expect(instrument.memory).toEqual(Uint8Array.of(5, 97, 98, 99));
    expect((await run(["put", instrumentUri(), "memory", local()])).code).toBe(0);
    expect(instrument.memory).toEqual(Uint8Array.of(97, 98, 99));
    expect(await run(["put", instrumentUri(), "load", local(), "5", "--resume"])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^bunsen: "load" takes a file in one piece/),
    });
  });

  it("get wants the name of a file, and says so before anything is sent", async () => {
    expect(await run(["get", "PYRO:a@localhost:1", "trace", here])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/is a folder; expected the name of a file/),
    });
  });

  it("get --resume says at once that a member has no offset", async () => {
    writeFileSync(local("file.part"), "abc");
    expect(await run(["get", instrumentUri(), "trace", local(), "--resume"])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^bunsen: "trace" has no parameter "offset"/),
    });
    expect(read(local("file.part")).toString()).toBe("abc");
  });

  it("an item that does not come in time ends it, and what came is kept", async () => {
    const { code, stderr } = await run([
      "get",
      instrumentUri(),
      "late",
      local(),
      "--timeout",
      "700",
    ]);
    expect([code, stderr]).toEqual([
      4,
      expect.stringMatching(
        /did not come within 700 ms; 10 bytes are kept in .*file\.part, and --resume continues them/,
      ),
    ]);
  });
});

describeWithPython.each([[5], [4]] as const)("a Python daemon of Pyro%i, bunsen", (generation) => {
  let peer: PythonPeer;
  beforeAll(async () => {
    peer = await spawnPython(PEER, [`${generation}`, "serve", folder], { ready: /READY/ });
  });
  afterAll(() => peer[Symbol.asyncDispose]());
  const uri = () => peer.lines[0] as string;

  anyServer(uri);

  it("get saves plain bytes, and generators that yield nothing else", async () => {
    for (const member of ["whole", "plain"]) {
      expect(await run(["get", uri(), member, local(), "scan.bin"])).toEqual(
        ok(`${local()}: 3000000 bytes, SHA-256 ${SHA256}\n`),
      );
      expect(read(local())).toEqual(DATA);
    }
  });

  it.each(["serpent", "msgpack"])("get and put work in %s too", async (serializer) => {
    const { code } = await run([
      "get",
      uri(),
      "get",
      local(),
      "scan.bin",
      "--serializer",
      serializer,
    ]);
    expect([code, digest(read(local()))]).toEqual([0, SHA256]);
    const sent = await run(["put", uri(), "put", local(), "back.bin", "--serializer", serializer]);
    expect([sent.code, digest(read(join(folder, "back.bin")))]).toEqual([0, SHA256]);
  });

  it("get keeps what came before an error, and says how to go on", async () => {
    writeFileSync(local(), "old");
    const { code, stdout, stderr } = await run(["get", uri(), "broken", local()]);
    expect([code, stdout, stderr.split("\n")[0]]).toEqual([
      1,
      "",
      expect.stringMatching(
        /the disk is gone; 20000 bytes are kept in .*file\.part, and --resume continues them$/,
      ),
    ]);
    expect(read(local("file.part"))).toHaveLength(20_000);
    expect(read(local()).toString()).toBe("old");
  });

  it("get finds that a file came short, or with another hash", async () => {
    expect(await run(["get", uri(), "short", local()])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /file is not whole: 20000 of 50000 bytes came; 20000 bytes are kept in/,
      ),
    });
    expect(readdirSync(here)).toEqual(["file.part"]);
    expect((await run(["get", uri(), "wrong", local()])).stderr).toMatch(
      /its SHA-256 is .*, expected /,
    );
    expect(readdirSync(here)).toEqual([]);
  });

  it("get saves nothing that is no bytes, and --resume asks for an offset", async () => {
    expect(await run(["get", uri(), "number", local()])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^bunsen: "number" gives no bytes but 42; "bunsen call" prints it/,
      ),
    });
    expect(readdirSync(here)).toEqual([]);
    writeFileSync(local("file.part"), "abc");
    const { code, stderr } = await run(["get", uri(), "whole", local(), "scan.bin", "--resume"]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^bunsen: "whole" has no parameter "offset"/),
    ]);
    expect(read(local("file.part")).toString()).toBe("abc");
  });

  // A terminal of its own is a thing of Unix.
  it.skipIf(process.platform === "win32")(
    "get and put draw a bar, where there is a terminal",
    async () => {
      const onTerminal = (...args: string[]) =>
        runPython("import pty, sys; pty.spawn(sys.argv[1:])", [process.execPath, MAIN, ...args]);
      const got = await onTerminal("get", uri(), "get", local(), "scan.bin");
      expect(got).toContain(`\x1b[Kfile  ${"░".repeat(30)} 0% of 2.9 MiB  0.0 MiB/s`);
      expect(got).toContain(
        `\x1b[K${local()}: 3000000 bytes, SHA-256 ${SHA256}, as at the other end\n`,
      );
      expect(await onTerminal("put", uri(), "put", local(), "back.bin")).toMatch(
        /█+░+ \d\d% of 2\.9 MiB/,
      );
    },
  );

  it("put --whole sends all as one argument", async () => {
    writeFileSync(local(), DATA);
    expect((await run(["put", uri(), "load", local(), "--whole"])).code).toBe(0);
    expect(read(join(folder, "loaded"))).toEqual(DATA);
  });

  it.each(["serpent", "marshal", "msgpack"] as SerializerName[])(
    "Python takes from a FileStore, and puts there, in %s",
    async (serializer) => {
      await using daemon = new Daemon();
      daemon.register("files", new FileStore(folder, { writable: true }));
      await daemon.listen("pyro://127.0.0.1:0");
      const args = [`${generation}`, "copy", daemon.uriFor("files"), serializer];
      expect(JSON.parse(await runPython(PEER, args))).toEqual([
        3_000_000,
        [0, 70_000, 3_000_000],
        ["copy.bin", "empty", "scan.bin"],
      ]);
      expect(read(join(folder, "copy.bin"))).toEqual(DATA);
    },
  );
});
