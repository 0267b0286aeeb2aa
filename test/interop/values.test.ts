/**
 * Every cell of values-table.ts against real Python, as result and as argument, and against docs/values.md. With
 * BUNSEN_WRITE_DOCS=1 in the environment the tables of that page are written anew instead of compared.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ClassRegistry, connect, Daemon, expose, type Remote } from "../../src/index.ts";
import type { SerializerName } from "../../src/serializers/index.ts";
import { evaluated, expressionOf, refusalOf } from "../support/notation.ts";
import { describeWithPython, type PythonPeer, runPython, spawnPython } from "../support/python.ts";
import {
  type Cell,
  cellText,
  FROM_PYTHON,
  FROM_TYPESCRIPT,
  type Group,
  type Row,
} from "./values-table.ts";

const DAEMON = new URL("peers/values_daemon.py", import.meta.url);
const CLIENT = new URL("peers/values_client.py", import.meta.url);
const SERIALIZERS: readonly SerializerName[] = ["serpent", "json", "marshal", "msgpack"];
/** Python reads naive times in its own zone, which is Tokyo's here: 9 hours before UTC, without summer time. */
const ENVIRONMENT = { TZ: "JST-9" };

const fromPython = FROM_PYTHON.flatMap(({ rows }) => rows);
const fromTypeScript = FROM_TYPESCRIPT.flatMap(({ rows }) => rows);

class Point {
  readonly x: number;
  readonly y: number;
  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
}
class Unregistered {
  readonly a = 1;
}
class Registered {
  hello() {
    return "hello";
  }
}
expose(Registered, { hello: true });

const classes = new ClassRegistry();
classes.register(Point, { name: "lab.Point" });

const circular: unknown[] = [];
circular.push(circular);
const registered = new Registered();
const names: Record<string, unknown> = { Point, Unregistered, registered, circular };

/** What both peers/values_client.py and a Bunsen peer call. */
class Values {
  table() {
    return [fromPython.map(({ sent }) => sent), fromTypeScript.length];
  }
  make(index: number) {
    return evaluated((fromTypeScript[index] as Row).sent, names);
  }
  seen(value: unknown) {
    return expressionOf(value);
  }
}
expose(Values, { table: true, make: true, seen: true });

/** What peers/values_daemon.py serves. */
interface PythonValues {
  make(expression: string): unknown;
  seen(value: unknown): string;
}

const daemon = new Daemon({ classes });

beforeAll(async () => {
  daemon.register("values", new Values());
  daemon.register("laser", registered);
  await daemon.listen("pyro://127.0.0.1:0");
  names["proxy"] = await connect(daemon.uriFor("laser"));
});
afterAll(() => daemon.close());

/** How a call ended, in the notation of the table. */
async function outcome(call: () => unknown): Promise<string> {
  try {
    return expressionOf(await call());
  } catch (error) {
    return refusalOf(error);
  }
}

/** For calls that answer in the notation themselves. */
async function answer(call: () => unknown): Promise<string> {
  try {
    return `${await call()}`;
  } catch (error) {
    return refusalOf(error);
  }
}

/** `x` is where the value stands. */
function expectCell(actual: string | undefined, expected: string, place: string): void {
  const ours = expected.replaceAll(/\bx(?=[.[:]|$)/g, place);
  const wanted = expected.startsWith("✗") ? ours : expected;
  const found = actual
    ?.replaceAll(/(?<=@|of )(localhost|127\.0\.0\.1):\d+/g, "host:9999")
    .replace(/(?<=callback-)[0-9a-f-]{36}/, "ID")
    .replace(/(?<=<callback )\d+/, "N");
  if (!wanted.endsWith("…")) expect(found).toBe(wanted);
  else expect(found?.slice(0, wanted.length - 1)).toBe(wanted.slice(0, -1));
}

describeWithPython.each([[5], [4]] as const)("Pyro%i", (generation) => {
  let peer: PythonPeer;

  beforeAll(async () => {
    peer = await spawnPython(DAEMON, [`${generation}`], { ready: /READY/, env: ENVIRONMENT });
  });
  afterAll(() => peer[Symbol.asyncDispose]());

  describe.each(SERIALIZERS)("in %s", (serializer) => {
    let python: Remote<PythonValues>;
    let printed: { readonly arguments: string[]; readonly results: string[] };

    beforeAll(async () => {
      python = await connect<PythonValues>(peer.lines[0] as string, {
        serializer,
        classes,
        timeout: 10_000,
      });
      const args = [`${generation}`, serializer, daemon.uriFor("values")];
      printed = JSON.parse(await runPython(CLIENT, args, { env: ENVIRONMENT }));
    });

    const numbered = (rows: readonly Row[]) => rows.map((row, i) => [row.sent, row, i] as const);
    const cell = ({ arrives }: Row, kind: "argument" | "result") =>
      cellText(arrives[serializer], generation, kind);

    it.each(numbered(fromPython))("%s of a Python daemon arrives", async (sent, row) => {
      const found = await outcome(() => python.make(sent));
      expectCell(found, cell(row, "result"), "result");
    });

    it.each(numbered(fromPython))("%s of a Python client arrives", (_, row, i) => {
      expectCell(printed.arguments[i], cell(row, "argument"), "args[0]");
    });

    it.each(numbered(fromTypeScript))("%s reaches a Python daemon", async (sent, row) => {
      const found = await answer(() => python.seen(evaluated(sent, names)));
      expectCell(found, cell(row, "argument"), "args[0]");
    });

    it.each(numbered(fromTypeScript))("%s reaches a Python client", (_, row, i) => {
      expectCell(printed.results[i], cell(row, "result"), "result");
    });
  });
});

describe("two Bunsen peers", () => {
  let values: Remote<Values>;

  beforeAll(async () => {
    values = await connect<Values>(daemon.uriFor("values"), { classes });
  });

  it.each(fromTypeScript.map((row, i) => [row.sent, row, i] as const))(
    "carry %s",
    async (sent, { bunsen }, i) => {
      const text = (kind: "argument" | "result") => cellText(bunsen as Cell, 5, kind);
      const arrived = await answer(() => values.seen(evaluated(sent, names)));
      expectCell(arrived, text("argument"), "args[0]");
      expectCell(await outcome(() => values.make(i)), text("result"), "result");
    },
  );
});

describe("docs/values.md", () => {
  const page = new URL("../../docs/values.md", import.meta.url);
  const tables: readonly (readonly [string, readonly Group[], readonly string[]])[] = [
    ["from Python", FROM_PYTHON, ["Python sends", ...SERIALIZERS]],
    ["from TypeScript", FROM_TYPESCRIPT, ["TypeScript sends", ...SERIALIZERS, "Bunsen peer"]],
  ];

  it.each(tables)("has the table %s as it was tested", (name, groups, columns) => {
    const markdown = readFileSync(page, "utf8");
    const [begin, end] = [
      `<!-- begin of the table ${name} -->`,
      `<!-- end of the table ${name} -->`,
    ];
    const start = markdown.indexOf(begin) + begin.length;
    const stop = markdown.indexOf(end);
    expect(stop).toBeGreaterThan(start);
    const wanted = `\n\n${groups.map((group) => groupMarkdown(group, columns)).join("\n")}\n`;
    if (process.env["BUNSEN_WRITE_DOCS"]) {
      writeFileSync(page, markdown.slice(0, start) + wanted + markdown.slice(stop));
    } else expect(markdown.slice(start, stop)).toBe(wanted);
  });
});

function groupMarkdown({ title, rows }: Group, columns: readonly string[]): string {
  const lines = [columns, columns.map(() => "---"), ...rows.map(rowMarkdown)];
  return `### ${title}\n\n${lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("")}`;
}

function rowMarkdown({ sent, arrives, bunsen }: Row): string[] {
  const cells = SERIALIZERS.map((serializer) => cellMarkdown(arrives[serializer]));
  if (bunsen !== undefined) cells.push(cellMarkdown(bunsen));
  return [code(sent), ...cells];
}

function cellMarkdown(cell: Cell): string {
  if (typeof cell === "string") return code(cell);
  const exceptions = [
    ["Pyro4", cell.pyro4],
    ["argument", cell.argument],
    ["argument of Pyro4", cell.pyro4Argument],
  ].flatMap(([when, text]) => (text === undefined ? [] : [`${when}: ${code(text)}`]));
  return [code(cell.is), ...exceptions].join("; ");
}

/** Refusals are set apart by being prose. */
function code(text: string | undefined): string {
  const shown = text ?? "";
  return shown.startsWith("✗") ? shown.replaceAll(/[<>_*|[\]]/g, "\\$&") : `\`${shown}\``;
}
