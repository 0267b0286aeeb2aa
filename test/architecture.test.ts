import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./support/docs.ts";

interface Row {
  readonly rooms: readonly string[];
  /** The cell behind: names of rooms in backticks, and words. */
  readonly mayImport: string;
}

interface Import {
  readonly from: string;
  readonly to: string;
}

const ROW = /^\| (`src\/.*?) \| .* \|(?: (.*))? \|$/gm;
const COMMON = ["errors", "error-codes", "slices", "options"];

const map = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
const rows: Row[] = [...map.matchAll(ROW)].map(([, rooms = "", mayImport = ""]) => ({
  rooms: ticked(rooms).map(roomOf),
  mayImport,
}));
const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((path) => /\.tsx?$/.test(path))
  .map((path) => path.replaceAll("\\", "/"));
const imports: Import[] = files.flatMap((from) =>
  importedBy(from)
    .filter((path) => path.startsWith("."))
    .map((path) => ({ from, to: posix.join(posix.dirname(from), path) })),
);

describe("the map in ARCHITECTURE.md", () => {
  it("has a row for each room of src/, and no other", () => {
    const mapped = rows.flatMap(({ rooms }) => rooms);
    expect(mapped.toSorted()).toEqual([...new Set(files.map(roomOf))].toSorted());
  });

  it.each(rows.flatMap(({ rooms }) => rooms).map((room) => [room] as const))(
    "says what %s imports",
    (room) => {
      const allowed = allowedFor(room);
      const others = imports.filter(({ from, to }) => roomOf(from) === room && roomOf(to) !== room);
      expect(others.filter(({ to }) => !allowed.has(roomOf(to)))).toEqual([]);
    },
  );
});

it.each(files.filter((path) => /^(bytes|values|serializers)\/|(de|en)coder\.ts$/.test(path)))(
  "%s does no I/O: it imports nothing of Node",
  (path) => {
    expect(importedBy(path).filter((name) => name.startsWith("node:"))).toEqual([]);
  },
);

/** The paths of static and dynamic imports, those of types included. */
function importedBy(path: string): string[] {
  const source = readFileSync(join(root, "src", path), "utf8");
  return [...source.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, name = ""]) => name);
}

/** `objects/call.ts` is in the room `objects`, `daemon.ts` is a room by itself. */
function roomOf(path: string): string {
  return path.replace(/^src\//, "").replace(/(\.ts|\/.*)$/, "");
}

function ticked(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text);
}

function allowedFor(room: string): Set<string> {
  const at = rows.findIndex(({ rooms }) => rooms.includes(room));
  const { rooms = [], mayImport = "nothing" } = rows[at] ?? {};
  if (mayImport === "nothing") return new Set();
  if (mayImport === "everything") return new Set(rows.flatMap((row) => row.rooms));
  if (mayImport === "everything above") {
    return new Set(rows.slice(0, at + 1).flatMap((row) => row.rooms));
  }
  const named = ticked(mayImport);
  const like = /^as `([^`]+)`/.exec(mayImport)?.[1];
  const inherited = like === undefined ? [] : allowedFor(like);
  return new Set([...COMMON, ...rooms, ...named.filter((name) => name !== like), ...inherited]);
}
