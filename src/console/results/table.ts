import { isPlainRecord } from "../../values/types.ts";

/** Values in rows and columns. */
export interface Table {
  readonly columns: readonly string[];
  /** A cell that is not there is undefined. */
  readonly rows: readonly (readonly unknown[])[];
}

/** More columns are no table that anybody reads. */
const MAX_COLUMNS = 64;

/** A list of dicts, a list of lists, or a dict, as a table; undefined for what is none. */
export function tableOf(value: unknown): Table | undefined {
  if (value instanceof Map) return value.size === 0 ? undefined : pairs([...value]);
  if (Array.isArray(value)) return value.length === 0 ? undefined : ofList(value);
  if (!isRecord(value)) return undefined;
  const entries = Object.entries(value);
  return entries.length === 0 ? undefined : (ofColumns(entries) ?? pairs(entries));
}

function ofList(list: readonly unknown[]): Table | undefined {
  if (list.every(isRecord)) return ofRecords(list);
  if (list.every((row) => Array.isArray(row))) return ofRows(list);
  return undefined;
}

/** The columns are the keys of all, in the order in which they come. */
function ofRecords(records: readonly Readonly<Record<string, unknown>>[]): Table | undefined {
  const columns = new Set<string>();
  for (const record of records) {
    for (const key of Object.keys(record)) columns.add(key);
    if (columns.size > MAX_COLUMNS) return undefined;
  }
  if (columns.size === 0) return undefined;
  const rows = records.map((record) =>
    [...columns].map((key) => (Object.hasOwn(record, key) ? record[key] : undefined)),
  );
  return { columns: [...columns], rows };
}

function ofRows(rows: readonly (readonly unknown[])[]): Table | undefined {
  const width = Math.max(...rows.map((row) => row.length));
  if (width === 0 || width > MAX_COLUMNS) return undefined;
  const columns = Array.from({ length: width }, (_, i) => `${i}`);
  return { columns, rows: rows.map((row) => columns.map((_, i) => row[i])) };
}

/** A dict of lists of one length is a table by columns. */
function ofColumns(entries: readonly (readonly [string, unknown])[]): Table | undefined {
  const lists = entries.map(([, list]) => list);
  if (!lists.every((list) => Array.isArray(list))) return undefined;
  const [first] = lists;
  const length = first?.length ?? 0;
  if (entries.length < 2 || length < 2 || entries.length > MAX_COLUMNS) return undefined;
  if (lists.some((list) => list.length !== length)) return undefined;
  const rows = Array.from({ length }, (_, i) => lists.map((list) => list[i] as unknown));
  return { columns: entries.map(([key]) => key), rows };
}

function pairs(entries: readonly (readonly [unknown, unknown])[]): Table {
  return { columns: ["key", "value"], rows: entries };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && isPlainRecord(value);
}
