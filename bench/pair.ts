import type { Scenario } from "./contender.ts";
import { Process } from "./process.ts";
import type { Contender, Side } from "./roster.ts";

/** A server and its client, each in a process of its own. */
export class Pair implements AsyncDisposable {
  readonly #server: Process;
  readonly #client: Process;

  private constructor(server: Process, client: Process) {
    this.#server = server;
    this.#client = client;
  }

  static async start(
    { server: serving, client: calling }: Contender,
    scenario: Scenario,
  ): Promise<Pair> {
    const server = startServer(serving, scenario);
    try {
      const port = await server.answer();
      return new Pair(server, startClient(calling, port));
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** One measurement. */
  async measure(scenario: Scenario, ms: number): Promise<number> {
    if (scenario !== "memory") return this.#client.ask({ scenario, ms });
    // What the first connections allocate for good is not theirs.
    await this.#client.ask({ scenario: "connect", ms });
    const before = await this.#server.ask({ scenario, ms });
    const connections = await this.#client.ask({ scenario, ms });
    const after = await this.#server.ask({ scenario, ms });
    return (after - before) / connections;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#client[Symbol.asyncDispose](), this.#server[Symbol.asyncDispose]()]);
  }
}

function startServer(side: Side, scenario: Scenario): Process {
  if (side.runtime === "node") return Process.node("server.ts", [side.contender], ["--expose-gc"]);
  // With threads, Pyro5 serves 80 connections and refuses more.
  return Process.python("python/server.py", [
    side.serializer ?? "default",
    scenario === "memory" ? "multiplex" : "thread",
  ]);
}

function startClient(side: Side, port: number): Process {
  if (side.runtime === "python") {
    return Process.python("python/client.py", [String(port), side.serializer ?? "default"]);
  }
  const serializer = side.serializer === undefined ? [] : [side.serializer];
  return Process.node("client.ts", [side.contender, String(port), ...serializer]);
}
