import { makeDemoLab } from "../../src/cli/demo/lab.ts";
import { connect, Daemon, SILENT, startNameServer } from "../../src/index.ts";
import { connectManager } from "../../src/msl/index.ts";
import { StockManager } from "../msl/stock.ts";
import { spawnPython } from "../support/python.ts";

const PYTHON = new URL("../browser/peers/lab.py", import.meta.url);

export interface WholeLab extends AsyncDisposable {
  /** Of the gateway, and so of its console. */
  readonly url: string;
  /** Closes the gateway, and only that. */
  leave(): Promise<void>;
  /** Opens it again where it was. */
  comeBack(): Promise<void>;
}

/**
 * A lab as there are some: the instruments of `bunsen demo`; by a name server `lab.laser` of Pyro5 and `lab.dome` of
 * Pyro4, both in Python; and `lab.calc`, a service of MSL-Network in Python.
 */
export async function startWholeLab(): Promise<WholeLab> {
  await using opening = new AsyncDisposableStack();
  const names = opening.use(
    await startNameServer({ port: 0, broadcastPort: false, logger: SILENT }),
  );
  const { location } = names.uri;
  const nameServer = { host: "localhost", port: location.kind === "tcp" ? location.port : 0 };
  const ready = { ready: /READY/, readyMs: 60_000 };
  for (const [pyro, name] of [
    ["Pyro5", "lab.laser"],
    ["Pyro4", "lab.dome"],
  ] as const) {
    opening.use(await spawnPython(PYTHON, [pyro, `${nameServer.port}`, name], ready));
  }
  const manager = opening.use(await StockManager.start());
  opening.use(await manager.service());
  {
    await using client = await connectManager(manager.url, { tls: false, logger: SILENT });
    await client.link("Calc", { waitMs: 60_000 });
  }
  const msl = { tls: false, logger: SILENT } as const;
  const calc = opening.use(await connect(`${manager.url}/Calc`, { msl }));
  const lab = opening.use(makeDemoLab());
  const daemon = opening.use(new Daemon({ logger: SILENT }));
  for (const [name, object] of Object.entries(lab.objects)) daemon.register(name, object);
  daemon.register("lab.calc", calc);
  const gateway = { expose: "", nameServer };
  let listener = await daemon.listen("http://localhost:0", { gateway });
  await lab.objects["demo.ticker"].play();
  const { url } = listener;
  const opened = opening.move();
  return {
    url,
    leave: () => listener.close(),
    async comeBack() {
      listener = await daemon.listen(url, { gateway });
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
