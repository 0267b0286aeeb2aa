import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { BunsenError } from "../errors.ts";
import type { Authority, CertificateRequest, Credentials } from "./certs/authority.ts";
import { usingThem } from "./certs/instructions.ts";
import { collect, integer, jsonOption, newCommand } from "./command.ts";
import { UsageError } from "./usage-error.ts";

interface CertsOptions {
  readonly host?: string[];
  readonly client?: string[];
  readonly days?: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

export function command(): Command {
  return newCommand("certs", {
    summary: "make a small authority with certificates, to try TLS",
    description: `Makes an authority, a certificate for servers and one for each client, and prints the lines that use them, for Bunsen
and for Python. Files that are there are kept; what is missing is issued by the authority that is there, so that
a client can be added later. Private keys are readable by you alone.`,
    examples: [
      "bunsen certs",
      "bunsen certs lab-certs --host lab.example --host 10.0.0.5 --client rosalind",
      "bunsen certs lab-certs --client niels",
    ],
    exits: "0 done, 1 the files cannot be written, or do not fit together, 2 wrong usage",
  })
    .argument("[folder]", "where the files go", "certs")
    .option(
      "--host <name>",
      "a name or address that servers are called by, besides localhost and this machine's name; may be repeated",
      collect,
    )
    .option(
      "--client <name>",
      "a client; the name is its identity; may be repeated (default: client)",
      collect,
    )
    .option("--days <days>", "how long they are valid (default: 365)", integer(1, 36_500))
    .option("--force", "make all of them anew, in place of those that are there")
    .addOption(jsonOption("print one line of JSON for each certificate"))
    .action(run);
}

/** A certificate to be there in the end. */
interface Wanted extends CertificateRequest {
  readonly file: string;
  readonly what: string;
}

async function run(folder: string, options: CertsOptions): Promise<void> {
  const { host = [], days = 365, force = false, json = false } = options;
  const wanted = wantedOf(options, days);
  const store = new CertificateFolder(folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (force) await store.remove(["ca", ...wanted.map(({ file }) => file)]);
  if (host.length > 0 && store.has("server")) {
    throw new UsageError(
      `${store.path("server.pem")} is there already, for the hosts that it was made for; --force makes all certificates anew, and another folder leaves them alone`,
    );
  }
  const authority = await authorityOf(store, wanted, days, json);
  for (const each of wanted) {
    const isNew = !store.has(each.file);
    if (isNew) await store.write(each.file, await authority.issue(each));
    say(store, each, isNew, json);
  }
  const [, client] = wanted as [Wanted, Wanted];
  if (!json) console.log(usingThem(folder, client.file, host[0] ?? "localhost"));
}

/** The server's, then the clients'. */
function wantedOf({ host = [], client = ["client"] }: CertsOptions, days: number): Wanted[] {
  const hosts = [...new Set(["localhost", "127.0.0.1", "::1", hostname(), ...host])];
  const what = `servers called ${hosts.join(", ")}`;
  return [
    { file: "server", what, name: host[0] ?? hostname(), hosts, days },
    ...client.map((name) => ({ file: clientFile(name), what: `the client ${name}`, name, days })),
  ];
}

/** The authority of the folder, made where there is none. */
async function authorityOf(
  store: CertificateFolder,
  wanted: readonly Wanted[],
  days: number,
  json: boolean,
): Promise<Authority> {
  // Loaded here: certificates are made once, and commands run often.
  const { Authority } = await import("./certs/authority.ts");
  const itself = { file: "ca", what: "the authority" };
  if (store.has(itself.file)) {
    say(store, itself, false, json);
    return Authority.load(await store.read(itself.file));
  }
  const orphan = wanted.find(({ file }) => store.has(file));
  if (orphan) {
    throw new BunsenError(
      "ERR_CERTS",
      `${store.path(`${orphan.file}.pem`)} is there, but not the authority that made it (ca.pem, ca.key); --force makes all of them anew`,
    );
  }
  const authority = await Authority.create({ name: `Bunsen authority of ${hostname()}`, days });
  await store.write(itself.file, authority.credentials);
  say(store, itself, true, json);
  return authority;
}

function say(
  store: CertificateFolder,
  { file, what }: Pick<Wanted, "file" | "what">,
  isNew: boolean,
  json: boolean,
): void {
  const [cert, key] = [store.path(`${file}.pem`), store.path(`${file}.key`)];
  if (json) console.log(JSON.stringify({ cert, key, new: isNew }));
  else console.log(isNew ? `made  ${cert}  ${key}  ${what}` : `kept  ${cert}  ${key}`);
}

/** The pairs of files: `NAME.pem`, and `NAME.key` for its owner alone. */
class CertificateFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  path(file: string): string {
    return join(this.#folder, file);
  }

  /** @throws BunsenError `ERR_CERTS` for half a pair. */
  has(name: string): boolean {
    const [cert, key] = [this.path(`${name}.pem`), this.path(`${name}.key`)];
    const there = [cert, key].filter((path) => existsSync(path));
    if (there.length !== 1) return there.length > 0;
    const [found] = there as [string];
    const missing = found === cert ? key : cert;
    throw new BunsenError(
      "ERR_CERTS",
      `${found} is there, and ${missing} is not; put it back, or make all of them anew with --force`,
    );
  }

  async read(name: string): Promise<Credentials> {
    const [cert, key] = await Promise.all(
      ["pem", "key"].map((extension) => readFile(this.path(`${name}.${extension}`), "utf8")),
    );
    return { cert, key } as Credentials;
  }

  /** Writes where nothing is, so that no other file of that name is lost. */
  async write(name: string, { cert, key }: Credentials): Promise<void> {
    await writeFile(this.path(`${name}.key`), key, { mode: 0o600, flag: "wx" });
    await writeFile(this.path(`${name}.pem`), cert, { mode: 0o644, flag: "wx" });
  }

  async remove(names: readonly string[]): Promise<void> {
    for (const file of names.flatMap((name) => [`${name}.pem`, `${name}.key`])) {
      await rm(this.path(file), { force: true });
    }
  }
}

/** The name of a client's files: what a shell takes without quotes. */
function clientFile(name: string): string {
  const file = name.replace(/[^\w.@-]+/g, "-");
  if (!/\w/.test(file) || file.startsWith(".") || /^(ca|server)$/i.test(file)) {
    throw new UsageError(
      `expected the name of a client that files can have, other than ca and server, got ${JSON.stringify(name)}`,
    );
  }
  return file;
}
