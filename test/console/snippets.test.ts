import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Act,
  type Origin,
  snippetsOf,
  type Target,
} from "../../src/console/snippets/index.ts";
import { Daemon, expose, ndarray, SILENT } from "../../src/index.ts";
import { connectManager } from "../../src/msl/index.ts";
import { Complex, FrozenSet, float, PlainDate, tuple } from "../../src/values/types.ts";
import { StockManager } from "../msl/stock.ts";
import { DocWorkspace } from "../support/doc-workspace.ts";
import type { CodeBlock } from "../support/docs.ts";
import { describeWithPython, itWithPython } from "../support/python.ts";

const KEY = "it's $ecret";
const FILE = Uint8Array.of(0, 255, 10, 39);

/** Notes what arrives. */
class Recorder {
  readonly seen: unknown[] = [];
  set level(value: unknown) {
    this.seen.push(value);
  }
  get level() {
    this.seen.push("read");
    return 2.5;
  }
  take(first?: unknown, second?: unknown, { ...named }: Record<string, unknown> = {}) {
    this.seen.push([first, second, named]);
    return "taken";
  }
  *count(to: number) {
    this.seen.push(to);
    for (let i = 1; i <= to; i++) yield i;
  }
  array(_first?: unknown) {
    return ndarray(
      [
        [1.5, 2],
        [3, 4],
      ],
      { unit: "V" },
    );
  }
  *arrays() {
    yield this.array();
  }
  raw() {
    this.seen.push("raw");
    return FILE;
  }
  *pieces() {
    yield FILE;
  }
}
expose(Recorder, {
  level: true,
  take: true,
  count: true,
  raw: true,
  pieces: true,
  array: true,
  arrays: true,
});

const recorder = new Recorder();
const daemon = new Daemon({ logger: SILENT });
let target: Target;
let pyro: Readonly<Record<"pyro4" | "pyro5", Origin>>;
beforeAll(async () => {
  daemon.register("lab's.recorder-2", recorder);
  await daemon.listen("pyro://localhost:0");
  const { url } = await daemon.listen("http://localhost:0", { gateway: { keys: [KEY] } });
  target = { gateway: url, object: "lab's.recorder-2", asksForKey: true };
  const uri = daemon.uriFor("lab's.recorder-2");
  pyro = { pyro4: { dialect: "pyro4", uri }, pyro5: { dialect: "pyro5", uri } };
});
afterAll(() => daemon.close());

const act = (member: string, args: readonly unknown[] = [], more: Partial<Act> = {}): Act => ({
  kind: "call",
  member,
  args,
  kwargs: {},
  ...more,
});

const LANGUAGES = { Python: "python", TypeScript: "ts", Shell: "sh", curl: "sh" } as const;
type Label = keyof typeof LANGUAGES;

function textOf(what: Act, to: Target, label: Label): string {
  const found = snippetsOf(what, to).find((one) => one.label === label)?.snippet;
  return found && "text" in found ? found.text : `none: ${found?.reason}`;
}

function blockOf(code: string, label: Label, prints: readonly string[] = []): CodeBlock {
  const language = LANGUAGES[label];
  const ending = language === "python" ? "py" : language;
  return {
    document: "the console",
    line: 1,
    language,
    info: language,
    code: `${code}\n`,
    name: `snippet.${ending}`,
    with: [],
    prints,
    ready: "ready",
    notRun: undefined,
  };
}

/** Runs a snippet as it is, in a folder that has the file `it's.bin`. */
async function run(block: CodeBlock): Promise<void> {
  const env = { BUNSEN_HTTPGATEWAY_KEY: KEY };
  await using workspace = await DocWorkspace.create([block], { env });
  writeFileSync(join(workspace.folder, "it's.bin"), FILE);
  await workspace.check(block);
}

const TEXTS = [`a'b"c $HOME \\ \`ls\` ä€𝄞\n`, "42"];
const NESTED = { "a b": [1, -2.5, null, true, { "x'y": "" }], class: 2n ** 70n };

/** What JSON has not, too. */
const VALUES = [
  tuple<unknown>(1, "a"),
  {
    f: float(2),
    c: new Complex(1, -2),
    d: new PlainDate(2026, 11, 21),
    t: new Date(1_700_000_000_000),
    s: new Set([1, "b"]),
    m: new Map([[1, null]]),
    n: [Number.NaN, Number.NEGATIVE_INFINITY, 2n ** 70n, new FrozenSet([1])],
    b: Uint8Array.of(1, 2),
  },
];

/** What is done, what must arrive, and what the snippet must print. */
const ACTS: readonly (readonly [
  what: string,
  act: Act,
  seen: unknown,
  prints: readonly string[],
])[] = [
  ["a call without arguments", act("take"), [undefined, undefined, {}], ["taken"]],
  ["texts that need quotes", act("take", TEXTS), [...TEXTS, {}], ["taken"]],
  ["texts that look like options", act("take", ["--json", "a=b"]), ["--json", "a=b", {}], []],
  ["negative numbers", act("take", [-1, -2.5]), [-1, -2.5, {}], []],
  [
    "nested values",
    act("take", [NESTED, []], { kwargs: { gain: 3, class: "x" } }),
    [NESTED, [], { gain: 3, class: "x" }],
    ["taken"],
  ],
  ["an attribute", act("level", [], { kind: "get" }), "read", ["2.5"]],
  ["setting an attribute", act("level", [-1.5], { kind: "set" }), -1.5, []],
  ["setting it to a text", act("level", ["-on"], { kind: "set" }), "-on", []],
  ["a stream", act("count", [3], { kind: "stream" }), 3, ["1\n2\n3\n"]],
];

const PIECES = act("pieces", [], { kind: "stream", gives: "bytes" });
const IN_BASE64 = Buffer.from(FILE).toString("base64");
const SHOWN = { TypeScript: "[ 0, 255, 10, 39 ]", Shell: "00 ff 0a 27", curl: IN_BASE64 } as const;

describe.each(["TypeScript", "Shell", "curl"] as const)("%s to copy", (label) => {
  it.each(ACTS)(
    "does %s",
    async (_what, what, seen, prints) => {
      recorder.seen.length = 0;
      await run(blockOf(textOf(what, target, label), label, prints));
      expect(recorder.seen).toEqual([seen]);
    },
    60_000,
  );

  it("sends a file, and saves what is bytes", async () => {
    recorder.seen.length = 0;
    const sends = act("take", [FILE], { files: new Map([[FILE, "it's.bin"]]) });
    await run(blockOf(textOf(sends, target, label), label));
    await run(blockOf(textOf(act("raw", [], { gives: "bytes" }), target, label), label));
    expect(recorder.seen).toEqual([[FILE, undefined, {}], "raw"]);
  }, 60_000);

  it("shows bytes in pieces as items like others", async () => {
    await run(blockOf(textOf(PIECES, target, label), label, [SHOWN[label]]));
  }, 60_000);
});

it("in TypeScript type-checks", async () => {
  const sends = act("take", [FILE], { files: new Map([[FILE, "it's.bin"]]) });
  const acts = [...ACTS.map(([, what]) => what), sends, act("take", VALUES)];
  const blocks = acts.map((what, i) => ({
    ...blockOf(textOf(what, target, "TypeScript"), "TypeScript"),
    name: `snippet-${i}.ts`,
  }));
  await using workspace = await DocWorkspace.create(blocks);
  await workspace.checkTypes();
}, 60_000);

it("in TypeScript sends every kind of value", async () => {
  recorder.seen.length = 0;
  await run(blockOf(textOf(act("take", VALUES), target, "TypeScript"), "TypeScript"));
  // A float arrives as the number it is.
  expect(recorder.seen).toEqual([[VALUES[0], { ...(VALUES[1] as object), f: 2 }, {}]]);
}, 60_000);

it.each<[string, unknown, Label, string]>([
  ["complex numbers", new Complex(1, 2), "Shell", "JSON has no complex numbers."],
  ["dates", [new Date(0)], "curl", "JSON has no dates."],
  ["sets", { a: new Set([1]) }, "curl", "JSON has no sets."],
  ["NaN", Number.NaN, "Shell", "JSON has no such number."],
  [
    "bytes that are no file",
    Uint8Array.of(1),
    "Shell",
    "A command line has no bytes, but for those of a file as the last argument.",
  ],
])("says why there is none for %s", (_what, value, label, reason) => {
  expect(textOf(act("take", [value]), target, label)).toBe(`none: ${reason}`);
});

describeWithPython("Python to copy", () => {
  it.each(ACTS)("does %s, with Pyro5", async (_what, what, seen, prints) => {
    recorder.seen.length = 0;
    const text = textOf(what, { ...target, origin: pyro.pyro5 }, "Python");
    expect(text).toContain("import Pyro5.api");
    await run(blockOf(text, "Python", prints));
    expect(recorder.seen).toEqual([seen]);
  });

  it.each([ACTS[4], ACTS[5], ACTS[6], ACTS[8]] as (typeof ACTS)[number][])(
    "does %s, with Pyro4",
    async (_what, what, seen, prints) => {
      recorder.seen.length = 0;
      const text = textOf(what, { ...target, origin: pyro.pyro4 }, "Python");
      expect(text).toContain("import Pyro4");
      await run(blockOf(text, "Python", prints));
      expect(recorder.seen).toEqual([seen]);
    },
  );

  it.each(ACTS)("does %s, by HTTP where no address is known", async (_what, what, seen, prints) => {
    recorder.seen.length = 0;
    const text = textOf(what, target, "Python");
    expect(text).toContain("import urllib.request");
    await run(blockOf(text, "Python", prints));
    expect(recorder.seen).toEqual([seen]);
  });

  it("sends and gets bytes as bytes", async () => {
    recorder.seen.length = 0;
    const to = { ...target, origin: pyro.pyro5 };
    const sends = act("take", [FILE, Uint8Array.of(7)], { files: new Map([[FILE, "it's.bin"]]) });
    expect(textOf(sends, to, "Python")).toContain('open("it\'s.bin", "rb").read()');
    await run(blockOf(textOf(sends, to, "Python"), "Python"));
    const raw = act("raw", [], { gives: "bytes" });
    await run(blockOf(textOf(raw, to, "Python"), "Python", [`b"\\x00\\xff\\n'"`]));
    await run(blockOf(textOf(raw, target, "Python"), "Python", [`b"\\x00\\xff\\n'"`]));
    expect(recorder.seen).toEqual([[FILE, Uint8Array.of(7), {}], "raw", "raw"]);
  });

  it.each(["pyro5", "pyro4"] as const)("gets bytes in pieces as bytes, by %s", async (which) => {
    const text = textOf(PIECES, { ...target, origin: pyro[which] }, "Python");
    await run(blockOf(text, "Python", [`b"\\x00\\xff\\n'"`]));
  });

  it("gets bytes in pieces as JSON has them, by HTTP", async () => {
    await run(blockOf(textOf(PIECES, target, "Python"), "Python", [IN_BASE64]));
  });

  it.each(["pyro5", "pyro4"] as const)("gets arrays as those of numpy, by %s", async (which) => {
    const to = { ...target, origin: pyro[which] };
    const prints = ["[[1.5 2. ]\n [3.  4. ]]"];
    await run(
      blockOf(textOf(act("array", [], { gives: "array" }), to, "Python"), "Python", prints),
    );
    const stream = act("arrays", [], { kind: "stream", gives: "array" });
    await run(blockOf(textOf(stream, to, "Python"), "Python", prints));
    // Bytes that are sent need marshal, which brings those of the array as bytes, too.
    const sends = act("array", [Uint8Array.of(1)], { gives: "array" });
    await run(blockOf(textOf(sends, to, "Python"), "Python", prints));
  });

  it("sends dates, complex numbers and what is no number", async () => {
    recorder.seen.length = 0;
    const values = [[new Date(1_700_000_000_000), new PlainDate(2026, 11, 21)], new Complex(1, -2)];
    const what = act("take", values, { kwargs: { n: Number.NEGATIVE_INFINITY } });
    await run(blockOf(textOf(what, { ...target, origin: pyro.pyro5 }, "Python"), "Python"));
    // serpent has dates as text.
    const dates = ["2023-11-14T22:13:20+00:00", "2026-11-21"];
    expect(recorder.seen).toEqual([[dates, values[1], { n: Number.NEGATIVE_INFINITY }]]);
  });
});

itWithPython(
  "in Python calls a service of MSL-Network",
  async () => {
    await using manager = await StockManager.start();
    await using _service = await manager.service();
    await using client = await connectManager(manager.url, { tls: false, logger: SILENT });
    await client.link("Calc", { waitMs: 30_000 });
    const origin = { dialect: "msl", uri: `${manager.url}/Calc`, plain: true } as const;
    const to = { ...target, origin };
    const power = act("power", [3], { kwargs: { n: 4 } });
    await run(blockOf(textOf(power, to, "Python"), "Python", ["81"]));
    await run(blockOf(textOf(act("units", [], { kind: "get" }), to, "Python"), "Python", ["mm"]));
  },
  60_000,
);
