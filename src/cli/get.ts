import { statSync } from "node:fs";
import type { Command } from "commander";
import { BunsenError, RemoteTypeError } from "../errors.ts";
import { type FileFacts, heldBytes, PART_SUFFIX, PartialFile } from "../files/partial-file.ts";
import { describe, release } from "../objects/index.ts";
import { isPlainRecord } from "../values/types.ts";
import { jsonOption, newCommand } from "./command.ts";
import {
  type AnyRemote,
  addCallerOptions,
  type ConnectingOptions,
  connectTo,
  serializerForBytes,
  URI_FORMS,
} from "./connecting.ts";
import { inTime, invoke, isStream, kindOf, literalCount } from "./invoking.ts";
import { progressOf } from "./progress.ts";
import { UsageError } from "./usage-error.ts";
import { type Arguments, parseArguments, toJson, toText } from "./values.ts";

interface GetOptions extends ConnectingOptions {
  readonly resume?: boolean;
  readonly json?: boolean;
}

export function command(): Command {
  const get = newCommand("get", {
    summary: "save what a method gives as a file",
    description: `Calls a method that gives bytes, or a stream of them (or reads an attribute), and saves them as FILE.
They are written to FILE${PART_SUFFIX}, which takes the place of FILE when it is whole: checked by length and SHA-256
where the other end tells them. With --resume what an earlier attempt left is continued: the method is asked to
begin there, by the keyword argument "offset".`,
    examples: [
      "bunsen get PYRONAME:demo.scope raw waveform.bin 2000",
      "bunsen get PYRO:files@lab:9999 get scan.tiff 2026/scan.tiff",
      "bunsen get PYRO:files@lab:9999 get scan.tiff 2026/scan.tiff --resume",
    ],
  })
    .argument("<uri>", URI_FORMS)
    .argument("<member>", "a method or an attribute")
    .argument("<file>", "where to save it; a file of that name is replaced")
    .argument("[args...]", "JSON or text; name=value for keyword arguments")
    .option("--resume", `continue FILE${PART_SUFFIX} where it ends`)
    .option(
      "--serializer <name>",
      "serpent, json, marshal or msgpack (default: marshal, which has bytes)",
    )
    .addOption(jsonOption("print what was saved as JSON"))
    .action(run);
  return addCallerOptions(get);
}

async function run(
  uri: string,
  member: string,
  file: string,
  texts: string[],
  options: GetOptions,
  self: Command,
): Promise<void> {
  const args = parseArguments(texts, literalCount(self));
  // Found out now, and not when all has come.
  if (isFolder(file)) throw new UsageError(`${file} is a folder; expected the name of a file`);
  const proxy = await connectTo(uri, { ...options, serializer: serializerForBytes(options) });
  try {
    const offset = options.resume ? await heldBytes(file) : 0;
    const result = await begin(proxy, member, args, offset);
    await using part = await PartialFile.open(file, { resume: offset > 0 });
    const { facts, sha256 } = await keeping(part, async () => {
      const facts = await save(result, part, member, options);
      return { facts, sha256: await part.finish(facts) };
    });
    tell({ file, bytes: part.length, resumedAt: offset, sha256 }, facts, options);
  } finally {
    await release(proxy);
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** What the member gives, from `offset` on. */
async function begin(
  proxy: AnyRemote,
  member: string,
  { positional, keywords }: Arguments,
  offset: number,
): Promise<unknown> {
  if (kindOf(proxy, member) === "attribute") {
    if (offset > 0) throw noOffset(member);
    return await proxy[member];
  }
  const parameters = describe(proxy).members.get(member)?.parameters;
  if (offset > 0 && parameters && !parameters.some(({ name }) => name === "offset"))
    throw noOffset(member);
  try {
    return await invoke(proxy, member, positional, offset > 0 ? { ...keywords, offset } : keywords);
  } catch (error) {
    // How Python says that a function has no such parameter.
    const isUnknown = error instanceof RemoteTypeError && /\boffset\b/.test(error.message);
    throw isUnknown && offset > 0 ? noOffset(member, error) : error;
  }
}

function noOffset(member: string, cause?: unknown): UsageError {
  return new UsageError(
    `"${member}" has no parameter "offset", so nothing can be continued; without --resume it begins anew`,
    { cause },
  );
}

/** Writes what comes. A dict among the bytes tells of the whole file: its `length`, its `sha256`. */
async function save(
  result: unknown,
  part: PartialFile,
  member: string,
  options: GetOptions,
): Promise<FileFacts> {
  const progress = progressOf(part.path);
  let facts: FileFacts = {};
  try {
    for await (const item of isStream(result) ? inTime(result, options.timeout ?? 0) : [result]) {
      if (item instanceof Uint8Array) await part.write(item);
      else facts = { ...facts, ...factsFrom(item, member) };
      progress.update(part.length, facts.length);
    }
  } finally {
    progress.stop();
  }
  return facts;
}

function factsFrom(item: unknown, member: string): FileFacts {
  if (typeof item === "object" && item !== null && isPlainRecord(item)) {
    const { length, sha256 } = item;
    if (Number.isSafeInteger(length))
      return { length: length as number, ...(typeof sha256 === "string" && { sha256 }) };
    if (typeof sha256 === "string") return { sha256 };
  }
  throw new BunsenError(
    "ERR_NO_BYTES",
    `"${member}" gives no bytes but ${toText(item)}; "bunsen call" prints it`,
  );
}

/** What fails on the way leaves what came so far, and says so. */
async function keeping<T>(part: PartialFile, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof BunsenError ? error.code : "";
    // What is of no use was removed already.
    if (part.length === 0 || code === "ERR_NO_BYTES") await part.discard();
    else if (error instanceof Error && code !== "ERR_FILE_CHANGED") {
      error.message += `; ${part.length} bytes are kept in ${part.path}${PART_SUFFIX}, and --resume continues them`;
    }
    throw error;
  }
}

interface Saved {
  readonly file: string;
  readonly bytes: number;
  readonly resumedAt: number;
  readonly sha256: string;
}

function tell(saved: Saved, facts: FileFacts, { json }: GetOptions): void {
  const verified = facts.sha256 !== undefined;
  if (json) console.log(toJson({ ...saved, verified }));
  else
    console.log(
      `${saved.file}: ${saved.bytes} bytes, SHA-256 ${saved.sha256}${verified ? ", as at the other end" : ""}`,
    );
}
