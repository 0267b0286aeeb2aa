import type { Scenario } from "./contender.ts";
import { GOALS, measuredFactors, ratiosTo } from "./goals.ts";
import { median } from "./load.ts";
import type { Contender } from "./roster.ts";
import type { Results } from "./rounds.ts";

interface Column {
  readonly title: string;
  readonly format: (value: number) => string;
}

const COLUMNS: Record<Scenario, Column> = {
  sequential: { title: "sequential calls/s", format: rounded },
  outstanding: { title: "100 outstanding, calls/s", format: rounded },
  bytes: { title: "1 MiB echo, MB/s", format: (value) => significant(value / 1e6) },
  streams: { title: "streamed items/s", format: rounded },
  connect: { title: "connect + first call, ms", format: significant },
  memory: { title: "idle connection, KiB", format: (value) => significant(value / 1024) },
};

/** Medians, and under each what it is in units of the raw echo's. */
export function resultsTable(
  contenders: readonly Contender[],
  scenarios: readonly Scenario[],
  results: Results,
): string {
  const rows = contenders.map(({ id, title }) => [
    title,
    ...scenarios.map((scenario) => cell(id, scenario, results)),
  ]);
  return table(["", ...scenarios.map((scenario) => COLUMNS[scenario].title)], rows);
}

function cell(id: string, scenario: Scenario, results: Results): string {
  const values = results.of(id, scenario);
  if (values.length === 0) return "–";
  const text = COLUMNS[scenario].format(median(values));
  const ratios = ratiosTo(results.of("raw", scenario), values);
  return id === "raw" || ratios.length === 0 ? text : `${text} (${factor(median(ratios))})`;
}

/** Each goal, the factor wanted, and the one measured: its median and its range. Goals that were not measured are left out. */
export function goalsTable(results: Results): string {
  const rows = GOALS.flatMap((goal) => {
    const measured = measuredFactors(goal, results);
    if (measured.length === 0) return [];
    const middle = median(measured);
    const range = `${factor(Math.min(...measured))} to ${factor(Math.max(...measured))}`;
    const verdict = middle >= goal.factor ? "reached" : "NOT REACHED";
    return [[goal.text, factor(goal.factor), factor(middle), range, verdict]];
  });
  const head = ["goal", "at least", "measured", "in single rounds", ""];
  return rows.length === 0 ? "" : table(head, rows);
}

/** A Markdown table that can be read as it is. The first column is text, the others stand right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) =>
    Math.max(title.length, 3, ...rows.map((row) => (row[i] ?? "").length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, i) => (i === 0 ? (cells[i] ?? "").padEnd(width) : (cells[i] ?? "").padStart(width))).join(" | ")} |`;
  const rule = `|${widths.map((width, i) => (i === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

/** Three digits are more than a shared machine repeats. */
export function rounded(value: number): string {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 2);
  return (Math.round(value / step) * step).toLocaleString("en-GB");
}

function significant(value: number): string {
  return value < 1 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : rounded(value);
}

export function factor(value: number): string {
  return value < 10 ? value.toFixed(2) : significant(value);
}
