import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Daemon, expose, type RunningNameServer, startNameServer } from "../../src/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { freePort } from "../support/ports.ts";
import { describeWithPython, type PythonPeer, runPython, spawnPython } from "../support/python.ts";

const CLIENT = new URL("peers/name_client.py", import.meta.url);
const CONTROL = new URL("peers/nsc.py", import.meta.url);
const NAME_SERVER = new URL("peers/name_server.py", import.meta.url);

/** One call of a Python client. */
interface Outcome {
  readonly call: string;
  readonly result?: unknown;
  readonly error?: string;
  readonly text?: string;
}

async function callEverything(
  generation: number,
  serializer: string,
  port: number,
): Promise<Outcome[]> {
  const output = await runPython(CLIENT, [`${generation}`, serializer, "localhost", `${port}`]);
  return output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Outcome);
}

function pythonNameServer(generation: number): Promise<PythonPeer> {
  const args = [`${generation}`, "-n", "localhost", "-p", "0", "-x"];
  const env = generation === 4 ? { PYRO_SERIALIZERS_ACCEPTED: "serpent,json,marshal,msgpack" } : {};
  return spawnPython(NAME_SERVER, args, { ready: /^URI = .*:(\d+)$/, env });
}

function portOf({ uri }: RunningNameServer): number {
  if (uri.location.kind !== "tcp") throw new Error(`${uri} has no port`);
  return uri.location.port;
}

/** Python's answer was right, but its serializer could not send it: a frozenset in json, or a URI inside a tuple. */
const unsendable = /unmarshallable object|frozenset|[Uu]nsupported serialized class/;

/** What our name server may answer where Python's answers `theirs`. */
function expected(theirs: Outcome): unknown {
  if (unsendable.test(theirs.text ?? "")) return { call: theirs.call, result: expect.anything() };
  switch (theirs.call) {
    case "methods": {
      const [methods, ...others] = theirs.result as string[][];
      // Both generations meet the same object, and our own clients can watch it.
      const all = new Set([...(methods ?? []), "statistics", "watch", "yplookup"]);
      return { ...theirs, result: [[...all].sort(), ...others] };
    }
    case 'lookup{"list": [{"tuple": []}, {"dict": {}}]}':
    case 'count{"list": [{"tuple": [1]}, {"dict": {}}]}':
      return { ...theirs, text: expect.any(String) };
    default:
      return theirs;
  }
}

/** Our texts begin with Python's and go on: what was given, what was expected. */
function asIn(answer: Outcome, theirs: Outcome | undefined): Outcome {
  const begins = theirs?.text !== undefined && answer.text?.startsWith(theirs.text);
  return begins ? { ...answer, text: `${theirs.text}` } : answer;
}

describeWithPython.each([5, 4])("our name server, to a Pyro%i client", (generation) => {
  let reference: PythonPeer;
  beforeAll(async () => {
    reference = await pythonNameServer(generation);
  });
  afterAll(() => reference[Symbol.asyncDispose]());

  it.each(["serpent", "json", "marshal", "msgpack"])(
    "answers every method in %s as Python's own name server does",
    async (serializer) => {
      await using fresh = await pythonNameServer(generation);
      await using ours = await startNameServer({ port: 0, broadcastPort: false });
      const theirs = await callEverything(generation, serializer, Number(fresh.ready?.[1]));
      const answers = await callEverything(generation, serializer, portOf(ours));
      expect(theirs.length).toBeGreaterThan(80);
      expect(answers.map((answer, i) => asIn(answer, theirs[i]))).toEqual(theirs.map(expected));
    },
  );

  describe("with its control tool", () => {
    let ours: RunningNameServer;
    beforeAll(async () => {
      ours = await startNameServer({ port: 0, broadcastPort: false });
    });
    afterAll(() => ours.close());

    const byTags = generation === 5 ? "yplookup" : "listmeta";
    it.each([
      ["ping"],
      ["-v ping"],
      ["register lab.laser PYRO:laser@192.0.2.1:4444"],
      ["register lab.oven PYRO:oven@192.0.2.1:4445"],
      ["register lab.oven PYRO:other@192.0.2.1:4445"], // refused: the tool registers safely
      ["register lab.bad nonsense"],
      ["setmeta lab.laser red"],
      ["setmeta lab.nothing red"],
      ["list"],
      ["list lab.l"],
      ["list nothing"],
      ["listmatching .*oven"],
      ["listmatching ("],
      ["lookup lab.laser"],
      ["lookup lab.nothing"],
      [`${byTags}_all red`],
      [`${byTags}_all red green`],
      [`${byTags}_any red green`],
      ["setmeta lab.laser"],
      ["lookup lab.laser"],
      ["remove lab.oven"],
      ["remove lab.oven"],
      ["remove Pyro.NameServer"],
      ["list"],
    ])("%s prints what it prints with Python's own", async (command) => {
      const run = async (port: string) => {
        const args = [`${generation}`, "-n", "localhost", "-p", port, ...command.split(" ")];
        await using tool = await spawnPython(CONTROL, args);
        const { code } = await tool.exit();
        const own = /^ {4}metadata: [[{]'class:Pyro.*NameServer'[\]}]\n/gm;
        return { code, output: tool.stdout.replaceAll(`:${port}`, ":PORT").replace(own, "") };
      };
      const theirs = await run(`${reference.ready?.[1]}`);
      const answer = await run(`${portOf(ours)}`);
      expect({ ...answer, output: firstWords(answer.output) }).toEqual({
        ...theirs,
        output: firstWords(theirs.output),
      });
    });

    it("removematching asks, then tells how many went", async () => {
      ours.names.register("to.go", "PYRO:o@h:1");
      ours.names.register("to.go.too", "PYRO:o@h:1");
      const module = generation === 5 ? "Pyro5.nsc" : "Pyro4.nsc";
      const output = await runPython(
        `
        import builtins, importlib, sys
        builtins.input = lambda prompt: print(prompt) or "y"
        importlib.import_module(sys.argv[1]).main(sys.argv[2:])
        `,
        [module, "-n", "localhost", "-p", `${portOf(ours)}`, "removematching", "to\\.go"],
      );
      expect(output).toContain("Are you sure");
      expect(output).toContain("2 items removed.");
    });
  });
});

/** An error's own text may go on after Python's. */
function firstWords(output: string): string {
  return output.replace(/^(Error: .*?(?:invalid uri|invalid regex)).*$/m, "$1");
}

class Laser {
  readonly #watts: number;
  constructor(watts: number) {
    this.#watts = watts;
  }
  power(): number {
    return this.#watts;
  }
}
expose(Laser, { power: true });

/** Python code that begins with the generation's names in `pyro`, `locate` and `config`. */
function withPyro(generation: number, code: string): string {
  const head =
    generation === 5
      ? "import sys, Pyro5.api as pyro\nfrom Pyro5.api import locate_ns as locate, config\n"
      : "import sys, Pyro4 as pyro\nfrom Pyro4 import locateNS as locate, config\n";
  return head + code;
}

describeWithPython.each([5, 4])("finding our name server with Pyro%i", (generation) => {
  checkLeaks();

  it("works by host and port", async () => {
    await using names = await startNameServer({ port: 0, broadcastPort: false });
    const code = "ns = locate('localhost', int(sys.argv[1]))\nns.ping()\nprint(ns._pyroUri)";
    const output = await runPython(withPyro(generation, code), [`${portOf(names)}`]);
    expect(output.trim()).toBe(`${names.uri}`);
  });

  it("works with NS_HOST and NS_PORT of the configuration", async () => {
    await using names = await startNameServer({ port: 0, broadcastPort: false });
    const env = { PYRO_NS_HOST: "127.0.0.1", PYRO_NS_PORT: `${portOf(names)}` };
    const output = await runPython(withPyro(generation, "print(locate().count())"), [], { env });
    expect(output.trim()).toBe("1");
  });

  it.each(["127.255.255.255", "127.0.0.1"])(
    "works by broadcast to %s, and gives an address that can be used",
    async (address) => {
      await using names = await startNameServer({ host: "0.0.0.0", port: 0, broadcastPort: 0 });
      const env = {
        PYRO_BROADCAST_ADDRS: address,
        PYRO_NS_BCPORT: `${names.broadcast?.port}`,
        PYRO_NS_PORT: `${await freePort()}`, // so that it is not found before it asks
      };
      const code = "ns = locate()\nns.ping()\nprint(ns._pyroUri)";
      const output = await runPython(withPyro(generation, code), [], { env });
      expect(output.trim()).toBe(`PYRO:Pyro.NameServer@127.0.0.1:${portOf(names)}`);
    },
  );

  it("works by broadcast for its control tool, which takes the port of it", async () => {
    await using names = await startNameServer({ host: "0.0.0.0", port: 0, broadcastPort: 0 });
    const env = { PYRO_BROADCAST_ADDRS: "127.255.255.255" };
    const args = [`${generation}`, "-p", `${names.broadcast?.port}`, "-v", "ping"];
    const output = await runPython(CONTROL, args, { env });
    expect(output).toContain("Name server ping ok.");
    expect(output).toContain(`PYRO:Pyro.NameServer@127.0.0.1:${portOf(names)}`);
  });

  it("lets proxies be made by name and by tags", async () => {
    await using names = await startNameServer({ port: 0, broadcastPort: false });
    await using daemon = new Daemon();
    await daemon.listen("pyro://localhost:0");
    daemon.register("laser", new Laser(5));
    const at = { host: "localhost", port: portOf(names) };
    await using _ = await daemon.announce("laser", "lab.laser", { ...at, metadata: ["light"] });
    const code = `
at, port = sys.argv[1:3]
for uri in ("PYRONAME:lab.laser@%s", "PYROMETA:light@%s"):
    with pyro.Proxy(uri % at) as laser:
        print(laser.power())
config.NS_PORT = int(port)
for uri in ("PYRONAME:lab.laser", "PYROMETA:light"):
    with pyro.Proxy(uri) as laser:
        print(laser.power())
for uri in ("PYRONAME:lab.nothing", "PYROMETA:heavy"):
    try:
        pyro.Proxy(uri)._pyroBind()
    except Exception as e:
        print(type(e).__name__, e)
`;
    const args = [`localhost:${portOf(names)}`, `${portOf(names)}`];
    const output = await runPython(withPyro(generation, code), args);
    expect(output.trim().split("\n")).toEqual([
      ...["5", "5", "5", "5"],
      expect.stringContaining("NamingError unknown name: lab.nothing"),
      expect.stringContaining("NamingError no registrations available"),
    ]);
  });
});
