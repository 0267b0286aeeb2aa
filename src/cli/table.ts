import Table from "cli-table3";

/** No lines: easy to read, and to cut with awk. */
const PLAIN = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

/** Prints rows under a head of column names. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const table = new Table({
    head: [...head],
    chars: PLAIN,
    style: {
      "padding-left": 0,
      "padding-right": 0,
      head: process.stdout.isTTY ? ["bold"] : [],
      border: [],
    },
  });
  for (const row of rows) table.push([...row]);
  // The last column is padded too; nobody wants to copy blanks.
  console.log(table.toString().replace(/ +$/gm, ""));
}
