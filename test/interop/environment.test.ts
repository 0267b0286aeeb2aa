import { expect, it } from "vitest";
import { run, serve } from "../cli/bunsen.ts";
import { freePort } from "../support/ports.ts";
import { type RunningProcess, startProcess } from "../support/process.ts";
import { describeWithPython, runPython, spawnPython } from "../support/python.ts";

/** What an installation of Pyro sets once, for each of its programs. */
async function installation(): Promise<Record<string, string>> {
  return {
    PYRO_HOST: "127.0.0.1",
    PYRO_NS_HOST: "127.0.0.1",
    PYRO_NS_PORT: String(await freePort()),
    PYRO_SERIALIZER: "msgpack",
    PYRO_COMPRESSION: "true",
    PYRO_COMMTIMEOUT: "20",
    PYRO_MAX_MESSAGE_SIZE: "100000",
  };
}

const NAME_SERVER = `
  import Pyro5.api

  uri, daemon, _ = Pyro5.api.start_ns(enableBroadcast=False)
  print("ready", uri)
  daemon.requestLoop()
`;

const SERVER = `
  import secrets

  import Pyro5.api

  @Pyro5.api.expose
  class Bench:
      def told(self):
          # The numbers of the serializers on the wire.
          return {1: "serpent", 2: "marshal", 3: "json", 4: "msgpack"}[
              Pyro5.api.current_context.serializer_id
          ]

      def much(self, count):
          return secrets.token_hex(count // 2)  # nothing that could be compressed much

  daemon = Pyro5.api.Daemon()
  Pyro5.api.locate_ns().register("bench", daemon.register(Bench()))
  print("ready")
  daemon.requestLoop()
`;

const CLIENT = `
  import Pyro5.api

  with Pyro5.api.Proxy("PYRONAME:bench") as bench:
      print(bench.told(), Pyro5.api.resolve("PYRONAME:bench").host)
      try:
          bench.much(400000)
      except Pyro5.errors.ProtocolError as error:
          print("refused", error)
      except Pyro5.errors.ConnectionClosedError:
          print("refused")
`;

/** A program of ours that is told nothing but by its environment. */
const OUR_SERVER = `
import { randomBytes } from "node:crypto";
import { Daemon } from ${JSON.stringify(new URL("../../src/index.ts", import.meta.url).href)};
const daemon = new Daemon();
export const bench = { told: () => "served", much: (count) => randomBytes(count / 2).toString("hex") };
daemon.register("bench", bench, { expose: /^(told|much)$/ });
await daemon.listen();
await daemon.announce("bench", "bench");
console.log("ready");
`;

describeWithPython("one environment for all programs of an installation", () => {
  it("leads our callers to Python's name server and objects, within its limits", async () => {
    const env = await installation();
    await using _names = await spawnPython(NAME_SERVER, [], { env, ready: /^ready/ });
    await using _server = await spawnPython(SERVER, [], { env, ready: /^ready/ });
    expect(await run(["call", "PYRONAME:bench", "told"], "", env)).toMatchObject({
      stdout: "msgpack\n",
      stderr: "",
    });
    // Python refuses to send it, and its daemon closes the connection, as it does for its own clients.
    const much = await run(["call", "PYRONAME:bench", "much", "400000"], "", env);
    expect(much.code).not.toBe(0);
  });

  it("leads Python's callers to our name server and objects, within its limits", async () => {
    const env = await installation();
    await using _names = await serve(["ns"], /^PYRO:Pyro\.NameServer@127\.0\.0\.1:/, env);
    // Served is only whoever heeds PYRO_SERIALIZER.
    await using _server = await ourServer({ ...env, BUNSEN_SERIALIZERS_ACCEPTED: "msgpack" });
    const [told, refused] = (await runPython(CLIENT, [], { env })).split("\n");
    expect(told).toBe("served 127.0.0.1");
    expect(refused).toContain("100000");
  });
});

function ourServer(env: Record<string, string>): Promise<RunningProcess> {
  const args = ["--input-type=module", "--eval", OUR_SERVER];
  return startProcess(process.execPath, args, { env, ready: /^ready/ });
}
