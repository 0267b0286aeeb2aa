import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { type Command, InvalidArgumentError } from "commander";
import { describe, release, withOptions } from "../objects/index.ts";
import { isPlainRecord } from "../values/types.ts";
import { jsonOption, newCommand } from "./command.ts";
import {
  type AnyRemote,
  addCallerOptions,
  type ConnectingOptions,
  connectTo,
  URI_FORMS,
} from "./connecting.ts";
import { invoke, isStream } from "./invoking.ts";
import { warn } from "./report.ts";
import { signalAborts } from "./until-signal.ts";
import { UsageError } from "./usage-error.ts";
import { toJson, toText } from "./values.ts";

interface WatchOptions extends ConnectingOptions {
  readonly every: number;
  readonly json?: boolean;
}

/** One look at the model. */
interface View {
  /** Undefined for a model that numbers none. */
  readonly version: number | undefined;
  readonly state: unknown;
}

export function command(): Command {
  const watch = newCommand("watch", {
    summary: "show a live model as it changes",
    description: `Shows the state of a live model, and each newer one, until Ctrl-C: in place on a terminal, else a line for each.
A model of Bunsen tells of its changes. Any other object with a method "query" is asked every so often: the
original has no way to take a viewer off its list, and would fail for each that went away.`,
    examples: [
      "bunsen watch PYRONAME:lab.stage",
      "bunsen watch PYRONAME:remoteServer --every 0.5",
      "bunsen watch PYRONAME:lab.stage --json | jq .state.position",
    ],
  })
    .argument("<uri>", URI_FORMS)
    .option("--every <seconds>", "how often an object that does not tell is asked", seconds, 1)
    .addOption(jsonOption("print JSON, one line for each state"))
    .action(run);
  return addCallerOptions(watch);
}

async function run(uri: string, options: WatchOptions): Promise<void> {
  const proxy = await connectTo(uri, options);
  using stop = signalAborts();
  try {
    const views = viewsOf(proxy, uri, options, stop.signal);
    const show = options.json ? printJson : process.stdout.isTTY ? redraw(uri) : printLine;
    for await (const view of views) show(view);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    await release(proxy);
  }
}

function viewsOf(
  proxy: AnyRemote,
  uri: string,
  { every }: WatchOptions,
  signal: AbortSignal,
): AsyncIterable<View> {
  const { members } = describe(proxy);
  const ended = withOptions(proxy, { signal });
  if (members.has("watch")) return told(ended);
  if (!members.has("query")) {
    throw new UsageError(
      `${uri} has neither "watch" nor "query", so there is nothing to show; "bunsen describe" lists what it has`,
    );
  }
  warn(`${uri} does not tell of its changes; it is asked every ${every} s`);
  return asked(ended, every * 1000, signal);
}

async function* told(proxy: AnyRemote): AsyncGenerator<View> {
  const states = await invoke(proxy, "watch", [], {});
  if (!isStream(states)) throw new UsageError(`"watch" gives no stream but ${toText(states)}`);
  for await (const item of states) {
    const isView = isRecord(item) && typeof item["version"] === "number" && "state" in item;
    yield isView
      ? { version: item["version"] as number, state: item["state"] }
      : { version: undefined, state: item };
  }
}

/** What did not change is not shown again. */
async function* asked(
  proxy: AnyRemote,
  everyMs: number,
  signal: AbortSignal,
): AsyncGenerator<View> {
  for (let last: string | undefined; ; await sleep(everyMs, undefined, { signal })) {
    const state = await invoke(proxy, "query", [], {});
    const text = toJson(state);
    if (text !== last) yield { version: undefined, state };
    last = text;
  }
}

function printJson(view: View): void {
  console.log(
    toJson({ at: new Date().toISOString(), version: view.version ?? null, state: view.state }),
  );
}

function printLine({ version, state }: View): void {
  const text = toText(state).replace(/\s*\n\s*/g, " ");
  console.log(
    [new Date().toISOString(), version, text].filter((part) => part !== undefined).join(" "),
  );
}

/** Draws each view over the one before. */
function redraw(uri: string): (view: View) => void {
  let drawn = 0;
  return ({ version, state }) => {
    const { columns = 80, rows = 24 } = process.stdout;
    const when = new Date().toLocaleTimeString();
    const head = `${uri}  ${version === undefined ? "" : `version ${version}  `}${when}`;
    // One line too many, and the terminal scrolls: what was drawn could not be found again.
    const lines = [head, "", ...linesOf(state)].slice(0, rows - 1);
    const back = drawn > 0 ? `\x1b[${drawn}A` : "";
    const text = lines.map((line) => `\x1b[2K${line.slice(0, columns)}\n`).join("");
    process.stdout.write(`${back}\r${text}\x1b[J`);
    drawn = lines.length;
  };
}

function linesOf(state: unknown): string[] {
  if (!isRecord(state)) return plain(state).split("\n");
  const width = Math.max(...Object.keys(state).map((key) => key.length));
  return Object.entries(state).flatMap(([key, value]) => {
    const [first = "", ...more] = plain(value).split("\n");
    return [`${key.padEnd(width)}  ${first}`, ...more.map((line) => " ".repeat(width + 2) + line)];
  });
}

/** Without control sequences: a line that is cut must not cut one, nor is a remote text to move the cursor. */
function plain(value: unknown): string {
  return stripVTControlCharacters(toText(value));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && isPlainRecord(value);
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0.01 && value <= 86_400) return value;
  throw new InvalidArgumentError("Expected seconds, from 0.01 to 86400.");
}
