import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { callContext, connect, Daemon, expose, SILENT } from "../../src/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, runPython, spawnPython } from "../support/python.ts";
import { run } from "./bunsen.ts";

checkLeaks();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bunsen-certs-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (name: string) => join(folder, name);
const text = (name: string) => readFileSync(path(name), "utf8");
const texts = () => readdirSync(folder).map((name) => [name, text(name)]);

class Door {
  whoami() {
    return callContext().caller.identity ?? "nobody";
  }
}
expose(Door, { whoami: true });

/** A daemon and a caller with the certificates of the folder. */
async function whois(client: string): Promise<string> {
  await using daemon = new Daemon({ logger: SILENT });
  const uri = () => daemon.uriFor("door");
  daemon.register("door", new Door());
  const [cert, key, ca] = [text("server.pem"), text("server.key"), text("ca.pem")];
  await daemon.listen("pyro://127.0.0.1:0", { tls: { cert, key, ca, requireClientCert: true } });
  const tls = { ca, cert: text(`${client}.pem`), key: text(`${client}.key`) };
  await using door = await connect<Door>(uri(), { tls });
  return await door.whoami();
}

describe("bunsen certs", () => {
  it("makes an authority, and certificates that prove servers and clients", async () => {
    const { code, stdout, stderr } = await run(["certs", folder, "--client", "Rosalind F."]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(readdirSync(folder).sort()).toEqual(
      ["Rosalind-F..key", "Rosalind-F..pem", "ca.key", "ca.pem", "server.key", "server.pem"].sort(),
    );
    expect(await whois("Rosalind-F.")).toBe("Rosalind F.");
    expect(stdout).toContain(`--tls-cert ${path("server.pem")} --tls-key ${path("server.key")}`);
  });

  it.skipIf(process.platform === "win32")("keeps private keys private", async () => {
    const inner = join(folder, "new");
    await run(["certs", inner]);
    const mode = (name: string) => statSync(join(inner, name)).mode & 0o777;
    expect(mode("")).toBe(0o700);
    for (const name of ["ca.key", "server.key", "client.key"]) expect(mode(name)).toBe(0o600);
  });

  it("keeps what is there, and adds clients of the same authority", async () => {
    await run(["certs", folder]);
    const before = texts();
    const { code, stdout } = await run(["certs", folder, "--client", "niels", "--json"]);
    expect(code).toBe(0);
    expect(texts()).toEqual(expect.arrayContaining(before));
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(lines).toMatchObject([
      { new: false },
      { new: false },
      { cert: path("niels.pem"), new: true },
    ]);
    expect(await whois("niels")).toBe("niels");
    expect(await whois("client")).toBe("client");
  });

  it("makes all anew only when told to", async () => {
    await run(["certs", folder]);
    const before = texts();
    const refused = await run(["certs", folder, "--host", "lab.example"]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("--force") });
    expect(texts()).toEqual(before);
    const { code } = await run(["certs", folder, "--host", "lab.example", "--force"]);
    expect(code).toBe(0);
    for (const [name, old] of before) expect(text(name as string)).not.toBe(old);
    expect(await whois("client")).toBe("client");
  });

  it("says what does not fit together, and leaves it", async () => {
    await run(["certs", folder]);
    unlinkSync(path("client.key"));
    const half = await run(["certs", folder]);
    expect(half).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/client\.pem is there, and .*client\.key is not/),
    });
    unlinkSync(path("client.pem"));
    unlinkSync(path("ca.pem"));
    unlinkSync(path("ca.key"));
    const orphans = await run(["certs", folder]);
    expect(orphans).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("not the authority"),
    });
    expect(readdirSync(folder).sort()).toEqual(["server.key", "server.pem"]);
  });

  it.each(["ca", "server", "..", "/"])("refuses a client called %s", async (name) => {
    expect((await run(["certs", folder, "--client", name])).code).toBe(2);
    expect(readdirSync(folder)).toEqual([]);
  });

  describeWithPython.each([5, 4])("with Python's Pyro%i", (generation) => {
    const pyro = generation === 5 ? "Pyro5.api" : "Pyro4";

    /** The printed lines for Python, of a server or a client. */
    async function printedLines(which: "server" | "client"): Promise<string> {
      const { stdout } = await run(["certs", folder]);
      const [, lines] = stdout.split(`Python, a ${which}:\n`) as [string, string];
      const [block] = lines.split("\n\n") as [string];
      return block.replace(/^ +/gm, "").replace("Pyro5", `Pyro${generation}`);
    }

    it("secures its clients", async () => {
      const lines = await printedLines("client");
      await using daemon = new Daemon({ logger: SILENT });
      daemon.register("door", new Door());
      const [cert, key, ca] = [text("server.pem"), text("server.key"), text("ca.pem")];
      const tls = { cert, key, ca, requireClientCert: true };
      await daemon.listen("pyro://localhost:0", { tls });
      const client = `${lines}\nimport sys, ${pyro}\nprint(${pyro}.Proxy(sys.argv[1]).whoami())`;
      expect(await runPython(client, [daemon.uriFor("door")])).toBe("client\n");
    });

    it("secures its daemons", async () => {
      const lines = await printedLines("server");
      const server = `${lines}\nimport sys, ${pyro}
class Adder(object):
    @${pyro}.expose
    def add(self, a, b): return a + b
daemon = ${pyro}.Daemon()
print(daemon.register(Adder()))
print("READY")
daemon.requestLoop()`;
      await using peer = await spawnPython(server, [], { ready: /READY/ });
      const uri = peer.lines[0] as string;
      const ca = text("ca.pem");
      const tls = { ca, cert: text("client.pem"), key: text("client.key") };
      interface Adder {
        add(a: number, b: number): number;
      }
      await using adder = await connect<Adder>(uri, { tls });
      expect(await adder.add(40, 2)).toBe(42);
      await expect(connect(uri, { tls: { ca } })).rejects.toThrow();
    });
  });
});
