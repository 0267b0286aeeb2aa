import { readFileSync } from "node:fs";
import { BunsenError } from "../errors.ts";
import { processEnvironment, setting } from "../settings/environment.ts";

/** How to log in to one host. What is not said here, OpenSSH's own configuration says. */
export interface SshHost {
  /** Name, address, or an alias of the OpenSSH configuration, whose keys and jump hosts then apply. */
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
  /** The private key to show, and no other. Default: what the configuration and the agent have. */
  readonly identityFile?: string;
  /** File of the host keys to trust, in place of the user's `known_hosts`. */
  readonly knownHostsFile?: string;
  /**
   * `"strict"`, the default, refuses a host whose key is not known. `"accept-new"` takes the key of a host that was
   * never seen and remembers it. A key that changed is refused in either case.
   */
  readonly hostKeys?: "strict" | "accept-new";
  /** Configuration to read in place of `~/.ssh/config` and the system's. */
  readonly configFile?: string;
  /** Told to ssh when it asks for a password, and only then. Read it from a file or the environment. */
  readonly password?: string;
  /** Told to ssh when it asks for the passphrase of a key. */
  readonly passphrase?: string;
}

/**
 * One hop: `ssh://user@host:port`, `user@host`, an alias of the OpenSSH configuration or of the file that BUNSEN_SSH_HOSTS
 * of the environment names, or all of it as an object.
 */
export type SshHop = string | SshHost;

/** The way to a host: one hop, or several, each reached through the one before it. */
export type SshRoute = SshHop | readonly SshHop[];

/** The hops of a route, each judged. At least one. */
export function hopsOf(route: SshRoute): SshHost[] {
  const hops: readonly SshHop[] = isList(route) ? route : [route];
  if (hops.length === 0) throw new TypeError("Expected at least one host to tunnel through");
  return hops.map(hostOf);
}

function isList(route: SshRoute): route is readonly SshHop[] {
  return Array.isArray(route);
}

/**
 * Reads one hop.
 * @throws BunsenError `ERR_BAD_SSH_HOST`.
 */
export function hostOf(hop: SshHop): SshHost {
  return judged(typeof hop === "string" ? known(parse(hop)) : hop);
}

/** What a text says wins over the file of hosts that the environment names. */
function known({ host, ...said }: SshHost): SshHost {
  const file = setting("SSH_HOSTS", processEnvironment());
  return file === "" ? { host, ...said } : new SshHosts(file).get(host, said);
}

/** How messages name a host: `user@host:port`, without what is not said. */
export function nameOfHost({ host, user, port }: SshHost): string {
  const shown = host.includes(":") ? `[${host}]` : host;
  return `${user === undefined ? "" : `${user}@`}${shown}${port === undefined ? "" : `:${port}`}`;
}

const URL_FORM = /^(?:ssh:\/\/)?(?:([^@/]*)@)?(\[[^\]]+\]|[^:/@[\]]+)(?::(\d+))?\/?$/i;

function parse(text: string): SshHost {
  const match = URL_FORM.exec(text);
  if (match === null) {
    const shown = text.replace(/:[^:@/]*@/, ":…@");
    throw bad(
      `got ${JSON.stringify(shown)}; expected "ssh://user@host:port", "user@host" or a name`,
    );
  }
  const [, login, host = "", port] = match;
  const user = login === undefined ? undefined : decodeURIComponent(login);
  if (user?.includes(":")) {
    throw bad(
      "a URL with a password in it ends up in logs and histories; pass { host, user, password }",
    );
  }
  return {
    host: host.replace(/^\[(.*)\]$/, "$1"),
    ...(user && { user }),
    ...(port !== undefined && { port: Number(port) }),
  };
}

/** Everything here becomes an argument of ssh: what it could take for an option, or expand, is refused. */
function judged(hop: SshHost): SshHost {
  const { host, user, port } = hop;
  if (typeof host !== "string" || !/^[\w.:%-]+$/.test(host) || host.startsWith("-")) {
    throw bad(`${JSON.stringify(host)} is no host name, address or alias`);
  }
  if (user !== undefined && (!/^[^\s"'`$\\;&<>|(){}@]+$/.test(user) || user.startsWith("-"))) {
    throw bad(`${JSON.stringify(user)} is no user name`);
  }
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65535)) {
    throw bad(`expected \`port\` to be an integer from 1 to 65535, got ${JSON.stringify(port)}`);
  }
  return hop;
}

function bad(what: string): BunsenError {
  return new BunsenError("ERR_BAD_SSH_HOST", `not an SSH host: ${what}`);
}

/** An entry of a host map, as pyro4tunneling and trifeni have them. */
export type SshHostEntry =
  | readonly [hostname: string, user?: string | null, port?: number | null]
  | {
      readonly HostName: string;
      readonly User?: string;
      readonly Port?: number | string;
      readonly IdentityFile?: string;
    };

/** Hosts by the names that programs know them by. */
export type SshHostMap = Readonly<Record<string, SshHostEntry>>;

/**
 * Hosts by names of their own: `{"remote": ["hostname", "user", 22]}` or
 * `{"remote": {"HostName": …, "User": …, "Port": …, "IdentityFile": …}}`, as an object or a JSON file. A name that is in
 * none of the maps is left to the OpenSSH configuration.
 */
export class SshHosts {
  readonly #hosts = new Map<string, SshHost>();

  /**
   * @param sources - Maps, or paths of JSON files. The entries of later ones replace those of earlier ones, whole.
   * @throws BunsenError `ERR_SSH_HOSTS` for a file or entry that cannot be read; `ERR_BAD_SSH_HOST`.
   */
  constructor(...sources: (SshHostMap | string)[]) {
    for (const source of sources) {
      const [map, where] =
        typeof source === "string" ? [readMap(source), source] : [source, "the host map"];
      for (const [name, entry] of Object.entries(map)) {
        this.#hosts.set(name, judged(fromEntry(name, entry, where)));
      }
    }
  }

  /** The names in the maps. */
  get names(): string[] {
    return [...this.#hosts.keys()];
  }

  /** The host of a name; what `explicit` says wins over the map, and the map over the OpenSSH configuration. */
  get(name: string, explicit: Partial<SshHost> = {}): SshHost {
    return judged({ ...(this.#hosts.get(name) ?? { host: name }), ...explicit });
  }
}

function readMap(path: string): SshHostMap {
  try {
    const map: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof map === "object" && map !== null && !Array.isArray(map)) return map as SshHostMap;
  } catch (cause) {
    throw badMap(path, cause instanceof Error ? cause.message : String(cause), { cause });
  }
  throw badMap(path, "it holds no object");
}

function fromEntry(name: string, entry: unknown, where: string): SshHost {
  if (Array.isArray(entry)) {
    const [host, user, port] = entry as readonly unknown[];
    if (typeof host === "string") return withLogin(host, user, port);
  } else if (typeof entry === "object" && entry !== null) {
    const { HostName, User, Port, IdentityFile } = entry as Record<string, unknown>;
    if (typeof HostName === "string") {
      const login = withLogin(HostName, User, Port);
      return typeof IdentityFile === "string" ? { ...login, identityFile: IdentityFile } : login;
    }
  }
  throw badMap(where, `"${name}" is neither [host, user, port] nor { HostName, User, Port }`);
}

function withLogin(host: string, user: unknown, port: unknown): SshHost {
  return {
    host,
    // Files have "" and null where there is nothing to say.
    ...(user ? { user: String(user) } : {}),
    ...(port ? { port: Number(port) } : {}),
  };
}

function badMap(where: string, why: string, options: ErrorOptions = {}): BunsenError {
  return new BunsenError("ERR_SSH_HOSTS", `cannot read SSH hosts from ${where}: ${why}`, options);
}
