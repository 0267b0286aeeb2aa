import { median } from "../load.ts";
import { Process } from "../process.ts";
import { table } from "../table.ts";

/** Who passes the messages on. */
const MANAGERS = [
  { title: "Bunsen", start: () => Process.node("msl/manager.ts", []) },
  { title: "msl-network", start: () => Process.python("msl/manager.py", []) },
] as const;

const CLIENTS = [1, 10, 100] as const;
/** A stock manager needs some seconds for the reply. */
const BYSTANDER_MS = 4000;

const NOTES = `Requests a second through the manager, of clients that each wait for the reply before they ask again; the service and
all clients are one Node process, with sockets that parse nothing. The longest wait is that of a client with small requests,
once a millisecond, while another one passes a reply of 100 MB from a service of its own. Without TLS; the Python manager
logs warnings only. In brackets: the ratio to the Python manager. Medians over rounds in which each has its turn.`;

export interface MslOptions {
  readonly rounds: number;
  /** Milliseconds of one measurement. */
  readonly ms: number;
}

/** Measures the managers of MSL-Network, ours beside the Python one; the report as Markdown. */
export async function benchManagers({ rounds, ms }: MslOptions): Promise<string> {
  const measured = MANAGERS.map(() => new Map<string, number[]>());
  for (let round = 0; round < rounds; round++) {
    for (const [i, { start }] of MANAGERS.entries()) {
      await using manager = start();
      const port = String(await manager.answer());
      for (const [title, value] of await measure(port, ms)) {
        const values = measured[i]?.get(title) ?? [];
        measured[i]?.set(title, [...values, value]);
      }
    }
  }
  const titles = [...(measured[0]?.keys() ?? [])];
  const stock = measured.at(-1);
  const rows = MANAGERS.map(({ title }, i) => [
    title,
    ...titles.map((name) => {
      const value = median(measured[i]?.get(name) ?? []);
      const ratio = value / median(stock?.get(name) ?? []);
      const text = value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 1 : 0 });
      return measured[i] === stock ? text : `${text} (${ratio.toPrecision(2)})`;
    }),
  ]);
  return `${table(["manager of MSL-Network", ...titles], rows)}\n\n${NOTES}`;
}

async function measure(port: string, ms: number): Promise<[string, number][]> {
  const found: [string, number][] = [];
  await using load = Process.node("msl/load.ts", [port]);
  for (const clients of CLIENTS) {
    const scenario = String(clients);
    await load.ask({ scenario, ms: ms / 2 }); // warms up
    const value = await load.ask({ scenario, ms });
    found.push([clients === 1 ? "1 client, requests/s" : `${clients} clients`, value]);
  }
  await using bulk = Process.node("msl/bulk.ts", [port]);
  const [longest, took] = await Promise.all([
    load.ask({ scenario: "delay", ms: BYSTANDER_MS }),
    bulk.ask({ scenario: "reply", ms }),
  ]);
  found.push(["longest wait of others, ms", longest], ["the reply of 100 MB, ms", took]);
  return found;
}
