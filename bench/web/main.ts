import { ratiosTo } from "../goals.ts";
import { median } from "../load.ts";
import { Process } from "../process.ts";
import type { Results, RoundOptions } from "../rounds.ts";
import { factor, rounded, table } from "../table.ts";
import { CONNECTIONS, type GatewayScenario } from "./scenario.ts";

interface Way {
  readonly id: string;
  readonly title: string;
  /** Starts the gateway, which says its port; what it is in front of runs already. Absent: there is none. */
  readonly gateway?: (names: Names) => Process;
}

/** Ports of the name servers that list the object: one of Python's, and one of Bunsen's. */
interface Names {
  readonly python: string;
  readonly bunsen: string;
}

const PYRO = "gateway-pyro";

const WAYS: readonly Way[] = [
  {
    id: "gateway-python",
    title: "Bunsen, object in Python",
    gateway: ({ python }) => Process.node("web/gateway.ts", ["named", python]),
  },
  {
    id: PYRO,
    title: "Pyro5, object in Python",
    gateway: ({ python }) => Process.python("web/gateway.py", [python]),
  },
  {
    id: "gateway-bunsen",
    title: "Bunsen, object of another Bunsen daemon",
    gateway: ({ bunsen }) => Process.node("web/gateway.ts", ["named", bunsen]),
  },
  {
    id: "gateway-own",
    title: "Bunsen, object of its own",
    gateway: () => Process.node("web/gateway.ts", ["own"]),
  },
  { id: "gateway-none", title: "no gateway: Bunsen's client, object in Python" },
  {
    id: "gateway-bare",
    title: "bare `node:http`, no object",
    gateway: () => Process.node("web/bare.ts", []),
  },
];

const NOTES = `Calls a second by HTTP, each with a text of 50 characters that the method gives back, on connections that each wait for the
answer before they ask again. Name server, object, gateway and client have a process each. The client parses next to
nothing. Pyro5's gateway speaks HTTP/1.0 and closes each connection, so there the client connects for each call; to all
others it keeps its connections. Without a gateway, the calls are out at once on one connection of Pyro's: faster than that no
gateway can be in front of the Python object. In brackets: the ratio to Pyro5's gateway in the same round. Medians over rounds in which
each has its turn.`;

/** Measures gateways, ours beside Pyro5's; the report as Markdown. */
export async function benchGateways(
  { rounds, ms }: RoundOptions,
  results: Results,
): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const listed = async (start: (port: string) => Process): Promise<string> => {
    const names = stack.use(Process.python("web/names.py", []));
    const port = String(await names.answer());
    await stack.use(start(port)).answer();
    return port;
  };
  const names: Names = {
    python: await listed((port) => Process.python("web/object.py", [port])),
    bunsen: await listed((port) => Process.node("web/object.ts", [port])),
  };
  const running: { readonly id: string; readonly load: Process }[] = [];
  for (const { id, gateway } of WAYS) {
    const load = gateway
      ? Process.node("web/load.ts", [String(await stack.use(gateway(names)).answer())])
      : Process.node("web/direct.ts", [names.python]);
    running.push({ id, load: stack.use(load) });
  }
  // The first round lets each engine compile its code.
  for (let round = 0; round <= rounds; round++) {
    for (const connections of CONNECTIONS) {
      for (const { id, load } of running) {
        const value = await load.ask({ scenario: String(connections), ms });
        if (round > 0) results.add(id, `http ${connections}`, value);
      }
    }
  }
  const rows = WAYS.map(({ id, title }) => [
    title,
    ...CONNECTIONS.map((connections) => cell(id, `http ${connections}`, results)),
  ]);
  const head = CONNECTIONS.map((count) =>
    count === 1 ? "1 connection, calls/s" : `${count} connections`,
  );
  return `${table(["gateway", ...head], rows)}\n\n${NOTES}`;
}

function cell(id: string, scenario: GatewayScenario, results: Results): string {
  const values = results.of(id, scenario);
  const text = rounded(median(values));
  if (id === PYRO) return text;
  return `${text} (${factor(median(ratiosTo(results.of(PYRO, scenario), values)))})`;
}
