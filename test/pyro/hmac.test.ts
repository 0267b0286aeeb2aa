import { once } from "node:events";
import { connect as dial } from "node:net";
import { duplexPair } from "node:stream";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../src/bytes/writer.ts";
import {
  type ConnectOptions,
  callContext,
  connect,
  connectionState,
  Daemon,
  expose,
  type ListenOptions,
  type Logger,
  SecurityError,
  SILENT,
  withOptions,
} from "../../src/index.ts";
import { inflate } from "../../src/pyro/compression.ts";
import { PyroDecoder } from "../../src/pyro/decoder.ts";
import { encodeMessage } from "../../src/pyro/encoder.ts";
import { Flag, MessageType, type PyroMessage } from "../../src/pyro/header.ts";
import { MessageKey, Signing } from "../../src/pyro/hmac.ts";
import { checkLeaks } from "../support/leaks.ts";
import { RECORDED_KEY } from "../support/replay.ts";
import { fromHex, toHex, vectors } from "../support/vectors.ts";

checkLeaks();

const LIMITS = { maxMessageBytes: 1e6, maxAnnotationsBytes: 1e5, inflate };

class Vault {
  whoami() {
    return callContext().caller.identity ?? "nobody";
  }
  *count(n: number) {
    for (let i = 0; i < n; i++) yield i;
  }
  annotated() {
    const { annotations, responseAnnotations } = callContext();
    for (const [id, data] of annotations) responseAnnotations.set(id, data);
  }
  itself() {
    return this;
  }
}
expose(Vault, { whoami: true, count: true, annotated: true, itself: true });

const KEYS = [
  { key: "rosalind's key", identity: "Rosalind" },
  { key: new TextEncoder().encode("niels's key"), identity: "Niels" },
];

async function serve(listen: ListenOptions = { hmacKeys: KEYS }, logger: Logger = SILENT) {
  const daemon = new Daemon({ logger });
  daemon.register("vault", new Vault());
  await daemon.listen("pyro://localhost:0", listen);
  return daemon;
}

const call = (daemon: Daemon, options?: ConnectOptions) =>
  connect<Vault>(daemon.uriFor("vault"), options);

describe("signatures as Pyro4 makes them", () => {
  const signed = vectors("pyro4").filter(
    ({ name, annotations }) =>
      name.startsWith("hmac/") && annotations?.HMAC && !/wrong-key|tampered/.test(name),
  );

  it.each(signed.map((vector) => [vector.name, vector] as const))("%s", (_, { hex }) => {
    const signing = Signing.calling(new MessageKey(RECORDED_KEY));
    const check = signing.check.bind(signing);
    const [message] = new PyroDecoder({ ...LIMITS, check }).push(fromHex(hex)) as [PyroMessage];
    if (message.flags & Flag.Compressed) return; // zlib need not give the same bytes
    const out = new ByteWriter();
    encodeMessage(out, message, (w) => w.bytes(message.payload), { ...LIMITS, signing });
    const [again] = new PyroDecoder(LIMITS).push(out.take()) as [PyroMessage];
    expect(toHex(again.annotations?.get("HMAC") as Uint8Array)).toBe(
      toHex(message.annotations?.get("HMAC") as Uint8Array),
    );
  });

  it("do not cover a message that was changed, and are looked at before it is inflated", () => {
    const bytes = recorded("hmac/compressed/0-request-invoke");
    bytes[bytes.length - 20] = ~(bytes.at(-20) as number);
    const signing = Signing.calling(new MessageKey(RECORDED_KEY));
    const inflated: Uint8Array[] = [];
    const decoder = new PyroDecoder({
      ...LIMITS,
      inflate: (payload) => {
        inflated.push(payload);
        return payload;
      },
      check: signing.check.bind(signing),
    });
    expect(() => decoder.push(bytes)).toThrow(
      expect.objectContaining({ code: "ERR_HMAC_MISMATCH" }),
    );
    expect(inflated).toEqual([]);
  });
});

describe.each([
  ["Bunsen peers", {}],
  ["Bunsen peers that speak Pyro4", { generation: 4 }],
] as const)("a key between %s", (_, options) => {
  it("tells who calls", async () => {
    await using daemon = await serve();
    await using rosalind = await call(daemon, { ...options, hmacKey: "rosalind's key" });
    await using niels = await call(daemon, { ...options, hmacKey: "niels's key" });
    expect(await rosalind.whoami()).toBe("Rosalind");
    expect(await niels.whoami()).toBe("Niels");
  });

  it("signs whatever travels: streams, annotations, compressed payloads", async () => {
    await using daemon = await serve({ hmacKeys: KEYS, compression: true });
    const key = { hmacKey: "rosalind's key", compression: true };
    await using vault = await call(daemon, { ...options, ...key });
    const items: number[] = [];
    for await (const item of vault.count(300)) items.push(item);
    expect(items).toHaveLength(300);
    // One that is called HMAC is replaced, not sent beside the signature.
    const sent = ["ZZZZ", "AAAA", "HMAC"].map((id) => [id, new TextEncoder().encode(id)] as const);
    const seen: string[] = [];
    const onAnnotations = (answer: ReadonlyMap<string, Uint8Array>) => seen.push(...answer.keys());
    await withOptions(vault, { annotations: new Map(sent), onAnnotations }).annotated();
    expect(seen.sort()).toEqual(["AAAA", "ZZZZ"]);
  });

  it("is that of the proxies that arrive over it", async () => {
    await using daemon = await serve();
    await using vault = await call(daemon, { ...options, hmacKey: "niels's key" });
    const same = (await vault.itself()) as unknown as typeof vault;
    await using _ = same;
    expect(await same.whoami()).toBe("Niels");
  });

  it("that is wrong is refused, and both ends are told so", async () => {
    const log = recorder();
    await using daemon = await serve({ hmacKeys: KEYS }, log.logger);
    const refused = call(daemon, { ...options, hmacKey: "a stranger's key" });
    await expect(refused).rejects.toBeInstanceOf(SecurityError);
    await expect(refused).rejects.toMatchObject({
      code: "ERR_HMAC_MISMATCH",
      message: expect.stringMatching(/^localhost:\d+: message hmac mismatch.*hmacKey/),
    });
    await expect
      .poll(() => log.lines)
      .toContainEqual(
        expect.objectContaining({
          code: "ERR_HMAC_MISMATCH",
          message: expect.stringContaining("signs with none of this daemon's keys"),
        }),
      );
  });

  it("that is missing is refused, with what to do", async () => {
    const log = recorder();
    await using daemon = await serve({ hmacKeys: KEYS }, log.logger);
    const refused = call(daemon, options);
    await expect(refused).rejects.toBeInstanceOf(SecurityError);
    await expect(refused).rejects.toMatchObject({ code: "ERR_HMAC_ASYMMETRIC" });
    await expect
      .poll(() => log.lines)
      .toContainEqual(expect.objectContaining({ code: "ERR_HMAC_ASYMMETRIC" }));
  });

  it("that is unexpected is refused, with what to do", async () => {
    await using daemon = await serve({});
    const refused = call(daemon, { ...options, hmacKey: "rosalind's key" });
    await expect(refused).rejects.toBeInstanceOf(SecurityError);
    await expect(refused).rejects.toMatchObject({
      code: "ERR_HMAC_ASYMMETRIC",
      message: expect.stringContaining("does not sign its answers"),
    });
  });
});

it("a key holds over a stream that was handed over", async () => {
  await using daemon = new Daemon({ logger: SILENT });
  daemon.register("vault", new Vault());
  const enter = (hmacKey?: string) => {
    const [here, there] = duplexPair();
    daemon.serve(there, { hmacKeys: KEYS });
    const target = { stream: here, object: "vault" };
    return connect<Vault>(target, { timeout: 5000, ...(hmacKey && { hmacKey }) });
  };
  await using vault = await enter("niels's key");
  expect(await vault.whoami()).toBe("Niels");
  await expect(enter("another key")).rejects.toThrow();
  await expect(enter()).rejects.toThrow();
});

it("a key keeps the protocol of Bunsen peers", async () => {
  await using daemon = await serve();
  await using vault = await call(daemon, { hmacKey: "niels's key" });
  expect(connectionState(vault).value).toMatchObject({ name: "connected", peer: "Bunsen" });
});

describe("keys", () => {
  it("show in no inspected object, error or log line", async () => {
    const log = recorder();
    await using daemon = await serve({ hmacKeys: KEYS }, log.logger);
    const hmacKey = "a stranger's key";
    const error: unknown = await call(daemon, { hmacKey }).catch((reason) => reason);
    await using vault = await call(daemon, { hmacKey: "niels's key" });
    const shown = [
      error,
      vault,
      daemon,
      new MessageKey(hmacKey),
      log.lines,
      daemon.uriFor("vault"),
    ];
    const text = shown.map((item) => inspect(item, { depth: 9, showHidden: true })).join("\n");
    for (const secret of ["stranger's", "niels's", "rosalind's"])
      expect(text).not.toContain(secret);
    for (const secret of ["stranger's", "niels's"]) {
      const hex = Buffer.from(`${secret} key`).toString("hex");
      expect(text.replace(/[^0-9a-f]/g, "")).not.toContain(hex);
    }
  });

  it("must not be empty, nor the same twice, nor none at all", async () => {
    await expect(serve({ hmacKeys: [] })).rejects.toThrow(/leave it out/);
    await expect(serve({ hmacKeys: [""] })).rejects.toThrow(/not empty/);
    const twice = serve({ hmacKeys: ["abc", { key: Buffer.from("abc"), identity: "x" }] });
    await expect(twice).rejects.toThrow(/twice/);
    await using daemon = await serve({});
    await expect(call(daemon, { hmacKey: "" })).rejects.toThrow(/not empty/);
  });

  const ping = (key: string | undefined) => {
    const out = new ByteWriter();
    const head = {
      generation: 4,
      type: MessageType.Ping,
      flags: 0,
      seq: 9,
      serializerId: 42,
    } as const;
    const signing = { key: key === undefined ? undefined : new MessageKey(key) };
    encodeMessage(out, head, (w) => w.latin1("ping"), { ...LIMITS, signing });
    return out.take();
  };

  it.each([
    ["unsigned", undefined, "ERR_HMAC_ASYMMETRIC"],
    ["signed with another key, though one that is accepted", "niels's key", "ERR_HMAC_MISMATCH"],
  ])(
    "of the handshake hold for all that follows: a message %s ends the connection without a word",
    async (_, key, code) => {
      const log = recorder();
      const daemon = new Daemon({ logger: log.logger });
      await using _daemon = daemon;
      daemon.register("golden.obj", new Vault());
      const hmacKeys = [{ key: RECORDED_KEY, identity: "one" }, ...KEYS];
      const { address } = await daemon.listen("pyro://127.0.0.1:0", { hmacKeys });
      const socket = dial(Number(address.split(":")[1]), "127.0.0.1");
      const decoder = new PyroDecoder(LIMITS);
      const types: number[] = [];
      socket.on("data", (chunk) => types.push(...decoder.push(chunk).map(({ type }) => type)));
      socket.write(recorded("hmac/serpent-handshake/0-request-connect"));
      socket.write(ping(RECORDED_KEY));
      await expect.poll(() => types).toEqual([MessageType.ConnectOk, MessageType.Ping]);
      socket.write(ping(key));
      await once(socket, "close");
      expect(types).toHaveLength(2);
      expect(log.lines).toContainEqual(expect.objectContaining({ code }));
    },
  );
});

function recorded(name: string): Uint8Array {
  return fromHex(String(vectors("pyro4").find((vector) => vector.name === name)?.hex));
}

function recorder() {
  const lines: object[] = [];
  const note = (fields: object, message: string) => void lines.push({ ...fields, message });
  return { lines, logger: { debug: note, info: note, warn: note, error: note } satisfies Logger };
}
