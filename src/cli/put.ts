import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { Command } from "commander";
import { BunsenError } from "../errors.ts";
import { byteStream } from "../files/byte-stream.ts";
import { assign, describe, release } from "../objects/index.ts";
import { jsonOption, newCommand } from "./command.ts";
import {
  type AnyRemote,
  addCallerOptions,
  type ConnectingOptions,
  connectTo,
  serializerForBytes,
  URI_FORMS,
} from "./connecting.ts";
import { invoke, isStream, kindOf, literalCount } from "./invoking.ts";
import { progressOf } from "./progress.ts";
import { UsageError } from "./usage-error.ts";
import { type Arguments, parseArguments, toJson, toText } from "./values.ts";

interface PutOptions extends ConnectingOptions {
  readonly resume?: boolean;
  readonly whole?: boolean;
  readonly json?: boolean;
}

/** Each piece waits for its answer: longer than those of a stream, so that the way there and back counts less. */
const PIECE_BYTES = 1024 * 1024;

export function command(): Command {
  const put = newCommand("put", {
    summary: "send a file to a method",
    description: `Sends a file to a method, piece by piece: it is called as member(ARGS…, data, offset=N) for each piece, and
at the end, without data, as member(ARGS…, b"", offset=LENGTH, sha256=DIGITS). What it returns, if it is a number, is
how many bytes it has. With --resume it is first called as member(ARGS…, b""), and sending begins behind what it has.
A method whose parameters are known and have no "offset" gets all bytes in one call, and what it returns is printed; --whole
does that with any. An attribute is set to the bytes.`,
    examples: [
      "bunsen put PYRO:files@lab:9999 put scan.tiff 2026/scan.tiff",
      "bunsen put PYRO:files@lab:9999 put scan.tiff 2026/scan.tiff --resume",
      "bunsen put PYRONAME:lab.awg load waveform.bin --whole",
    ],
  })
    .argument("<uri>", URI_FORMS)
    .argument("<member>", "a method or an attribute")
    .argument("<file>", "the file to send")
    .argument("[args...]", "JSON or text, before the data; name=value for keyword arguments")
    .option("--resume", "begin behind what the other end has of it")
    .option("--whole", "send all bytes as one argument")
    .option(
      "--serializer <name>",
      "serpent, json, marshal or msgpack (default: marshal, which has bytes)",
    )
    .addOption(jsonOption("print what was sent as JSON"))
    .action(run);
  return addCallerOptions(put);
}

async function run(
  uri: string,
  member: string,
  file: string,
  texts: string[],
  options: PutOptions,
  self: Command,
): Promise<void> {
  const args = parseArguments(texts, literalCount(self));
  const { size } = await stat(file);
  const proxy = await connectTo(uri, { ...options, serializer: serializerForBytes(options) });
  try {
    const target = new Target(proxy, member, args);
    if (options.whole || !target.takesPieces) {
      if (options.resume)
        throw new UsageError(`"${member}" takes a file in one piece, which cannot be continued`);
      const result = await target.sendWhole(await readFile(file));
      tell({ file, bytes: size, resumedAt: 0, ...(isAnswer(result) && { result }) }, options);
      return;
    }
    const resumedAt = options.resume ? await target.held(size) : 0;
    tell({ file, resumedAt, ...(await sendPieces(target, file, size, resumedAt)) }, options);
  } finally {
    await release(proxy);
  }
}

/** The member that takes the file. */
class Target {
  readonly #proxy: AnyRemote;
  readonly #member: string;
  readonly #args: Arguments;
  readonly #kind: "method" | "attribute" | undefined;

  constructor(proxy: AnyRemote, member: string, args: Arguments) {
    this.#proxy = proxy;
    this.#member = member;
    this.#args = args;
    this.#kind = kindOf(proxy, member);
    if (this.#kind === "attribute" && args.positional.length > 0) {
      throw new UsageError(`"${member}" is an attribute, which takes no arguments`);
    }
  }

  /** Python does not say what parameters there are: there it is assumed. */
  get takesPieces(): boolean {
    if (this.#kind === "attribute") return false;
    const parameters = describe(this.#proxy).members.get(this.#member)?.parameters;
    return parameters === undefined || parameters.some(({ name }) => name === "offset");
  }

  /** What the method returned; nothing of an attribute. */
  async sendWhole(data: Uint8Array): Promise<unknown> {
    if (this.#kind !== "attribute") return await this.#call(data, {});
    await assign(this.#proxy, { [this.#member]: data });
    return undefined;
  }

  /** How many bytes of the file are there already. */
  async held(size: number): Promise<number> {
    const held = await this.#call(new Uint8Array(), {});
    if (typeof held !== "number" || !Number.isSafeInteger(held) || held < 0) {
      throw new UsageError(
        `"${this.#member}" does not say how many bytes it has, but ${toText(held)}; without --resume sending begins anew`,
      );
    }
    if (held <= size) return held;
    throw new BunsenError(
      "ERR_FILE_CHANGED",
      `the other end has ${held} bytes, more than the ${size} of the file: it is another; without --resume sending begins anew`,
    );
  }

  /** @param keywords - `offset`, and at the end `sha256`. */
  async send(
    data: Uint8Array,
    keywords: { readonly offset: number; readonly sha256?: string },
  ): Promise<void> {
    const held = await this.#call(data, keywords);
    const expected = keywords.offset + data.byteLength;
    if (typeof held !== "number" || held === expected) return;
    throw new BunsenError(
      "ERR_FILE_CHANGED",
      `the other end has ${held} bytes, expected ${expected}: is somebody else sending to it?`,
    );
  }

  #call(data: Uint8Array, keywords: Record<string, unknown>): Promise<unknown> {
    const { positional, keywords: given } = this.#args;
    return invoke(this.#proxy, this.#member, [...positional, data], { ...given, ...keywords });
  }
}

/** All of the file is hashed, also what the other end has: if it is of another file, it shows at the end. */
async function sendPieces(
  target: Target,
  file: string,
  size: number,
  resumedAt: number,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const progress = progressOf(file);
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const piece of byteStream(file, { pieceBytes: PIECE_BYTES })) {
      hash.update(piece);
      const skip = Math.min(piece.byteLength, Math.max(0, resumedAt - bytes));
      const offset = bytes + skip;
      bytes += piece.byteLength;
      if (skip < piece.byteLength) await target.send(piece.subarray(skip), { offset });
      progress.update(bytes, size);
    }
    const sha256 = hash.digest("hex");
    await target.send(new Uint8Array(), { offset: bytes, sha256 });
    return { bytes, sha256 };
  } finally {
    progress.stop();
  }
}

interface Sent {
  readonly file: string;
  readonly bytes: number;
  readonly resumedAt: number;
  readonly sha256?: string;
  /** Of a method that took all in one call, and said something. */
  readonly result?: unknown;
}

function isAnswer(result: unknown): boolean {
  return result !== undefined && result !== null && !isStream(result);
}

function tell(sent: Sent, { json }: PutOptions): void {
  if (json) {
    console.log(toJson(sent));
    return;
  }
  console.log(`${sent.file}: ${sent.bytes} bytes${sent.sha256 ? `, SHA-256 ${sent.sha256}` : ""}`);
  if (sent.result !== undefined) console.log(toText(sent.result));
}
