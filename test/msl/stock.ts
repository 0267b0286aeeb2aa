import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/ports.ts";
import { type PythonPeer, spawnPython } from "../support/python.ts";

const MANAGER = new URL("peers/manager.py", import.meta.url);
const SERVICE = new URL("peers/service.py", import.meta.url);

/** A manager of the Python package, with a folder of its own for certificates and users. */
export class StockManager implements AsyncDisposable {
  readonly port: number;
  /** `MSL_NETWORK_HOME`. */
  readonly home: string;
  readonly url: string;
  readonly #process: PythonPeer;

  private constructor(port: number, home: string, process: PythonPeer) {
    this.port = port;
    this.home = home;
    this.url = `msl://localhost:${port}`;
    this.#process = process;
  }

  /** @param options - Of Python's `run_forever`. Without `disable_tls: false` there is no TLS. */
  static async start(
    options: Readonly<Record<string, unknown>> = {},
    place: { readonly home?: string; readonly port?: number } = {},
  ): Promise<StockManager> {
    const { home = mkdtempSync(join(tmpdir(), "msl-")), port = 0 } = place;
    const actual = port || (await freePort());
    const given = { port: actual, disable_tls: true, ...options };
    const process = await spawnPython(MANAGER, [JSON.stringify(given)], {
      ready: /Network Manager running on/,
      env: { MSL_NETWORK_HOME: home },
      readyMs: 20_000,
    });
    return new StockManager(actual, home, process);
  }

  /** A service of the Python package on it. @param options - Of Python's `Service.start`; `name` is `Calc`. */
  async service(options: Readonly<Record<string, unknown>> = {}): Promise<PythonPeer> {
    const given = { port: this.port, disable_tls: true, ...options };
    return await spawnPython(SERVICE, [JSON.stringify(given)], {
      env: { MSL_NETWORK_HOME: this.home },
    });
  }

  /** What it printed. */
  get log(): string {
    return this.#process.stdout;
  }

  /** Ends it, and keeps its folder. */
  async stop(): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.home, { recursive: true, force: true });
  }
}
