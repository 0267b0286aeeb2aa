// Counts the words of a book, with one counter and with all. Run: node client.ts BOOK.txt
import { readFileSync } from "node:fs";
import { connect } from "#bunsen";
import type { WordCounter } from "./servers.ts";

const [file = ""] = process.argv.slice(2);
const book = readFileSync(file, "utf8").split(/\r?\n/);
console.log(`The book has ${book.length} lines.`);

for (const who of ["wordcount.1", "dispatcher"]) {
  await using counter = await connect<WordCounter>(`PYRONAME:example.dc2.${who}`);
  const begin = performance.now();
  const counts = Object.entries(await counter.count(book));
  const seconds = (performance.now() - begin) / 1000;
  const top = counts.sort(([, a], [, b]) => b - a).slice(0, 5);
  console.log(`\n${who} took ${seconds.toFixed(2)} seconds. Top five words:`);
  for (const [word, count] of top) console.log(`  ${word} (${count})`);
}
