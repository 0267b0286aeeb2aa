// Five word counters, and a dispatcher that shares the work out among them. Needs a name server. Run: node servers.ts
import { setTimeout as sleep } from "node:timers/promises";
import { connect, Daemon, expose, locateNameServer } from "#bunsen";

export type Counts = Record<string, number>;

const BORING = new Set(
  `a an at the i he she s but was has had have and are as be by for if in is it of or that to with his all any this
  not from on me him her their so you there now then no yes one were they them which what when who how where some my
  into up out we us t do`.split(/\s+/),
);

export class WordCounter {
  async count(lines: readonly (string | null)[]): Promise<Counts> {
    const counts: Counts = {};
    for (const [number, line] of lines.entries()) {
      // Python's dispatcher fills its last piece up with None.
      for (const word of line?.toLowerCase().split(/[\s!-/:-@[-`{-~]+/) ?? []) {
        if (/^\p{L}+$/u.test(word) && !BORING.has(word)) counts[word] = (counts[word] ?? 0) + 1;
      }
      if (number % 10 === 0) await sleep(10); // to make it worth while to have several
    }
    return counts;
  }
}
expose(WordCounter, { count: true });

class Dispatcher {
  async count(lines: readonly string[]): Promise<Counts> {
    await using names = await locateNameServer();
    const counters = [...(await names.list({ prefix: "example.dc2.wordcount." })).values()];
    const pieces = Array.from({ length: Math.ceil(lines.length / 200) }, (_, index) =>
      lines.slice(index * 200, (index + 1) * 200),
    );
    console.log(`Collecting ${pieces.length} results (counted in parallel)...`);
    const counted = await Promise.all(
      pieces.map(async (piece, index) => {
        const uri = counters[index % counters.length] ?? "";
        await using counter = await connect<WordCounter>(uri);
        return await counter.count(piece);
      }),
    );
    const totals: Counts = {};
    for (const [word, count] of counted.flatMap((counts) => Object.entries(counts))) {
      totals[word] = (totals[word] ?? 0) + count;
    }
    return totals;
  }
}
expose(Dispatcher, { count: true });

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
for (const number of [1, 2, 3, 4, 5]) {
  daemon.register(`wordcount.${number}`, new WordCounter());
  await daemon.announce(`wordcount.${number}`, `example.dc2.wordcount.${number}`);
}
daemon.register("dispatcher", new Dispatcher());
await daemon.announce("dispatcher", "example.dc2.dispatcher");
console.log("5 word counters and 1 dispatcher are ready.");
