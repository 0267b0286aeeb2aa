import { fileURLToPath } from "node:url";
import { callContext, Daemon, expose, SILENT } from "../../src/index.ts";
import { type RunningProcess, startProcess } from "../support/process.ts";

/** Counts what its callers hold, so that a test sees whether anything outlives them. */
export class Lab {
  held = 0;
  add(a: number, b: number): number {
    return a + b;
  }
  /** Answers late; ends early when nobody waits any more. */
  wait(ms: number): Promise<number> {
    const { signal } = callContext();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms, ms);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve(ms);
      });
    });
  }
  /** Takes something that is freed with the caller's connection. */
  hold(): number {
    this.held++;
    callContext().trackResource({ close: () => this.held-- });
    return this.held;
  }
  text(characters: number): string {
    return "x".repeat(characters);
  }
  async *endless(characters: number): AsyncIterable<string> {
    const item = "x".repeat(characters);
    for (;;) yield item;
  }
}
expose(Lab, { held: true, add: true, wait: true, hold: true, text: true, endless: true });

/** A lab in this process, and where it listens. */
export async function openLab(
  options: Parameters<Daemon["listen"]>[1] = {},
): Promise<AsyncDisposable & { daemon: Daemon; lab: Lab; uri: string; port: number }> {
  const daemon = new Daemon({ logger: SILENT });
  const lab = new Lab();
  daemon.register("lab", lab);
  const { address } = await daemon.listen("pyro://127.0.0.1:0", options);
  return {
    daemon,
    lab,
    uri: daemon.uriFor("lab"),
    port: Number(address.split(":").at(-1)),
    [Symbol.asyncDispose]: () => daemon.close(),
  };
}

const PROGRAM = fileURLToPath(new URL("lab-process.ts", import.meta.url));

/** A lab in a process of its own. It answers the line "rss" with its resident memory in bytes. */
export async function startLab(port = 0): Promise<RunningProcess & { uri: string; port: number }> {
  const running = await startProcess(process.execPath, [PROGRAM, String(port)], {
    ready: /^(PYRO:lab@127\.0\.0\.1:(\d+))$/,
  });
  const [, uri, bound] = running.ready ?? [];
  return Object.assign(running, { uri: uri as string, port: Number(bound) });
}
