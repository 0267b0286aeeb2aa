import { BunsenError } from "../../errors.ts";
import type { PlainRecord } from "../../values/types.ts";
import type { ManagerDatabase } from "./database.ts";
import { PeerError } from "./peer-error.ts";
import type { Registry } from "./registry.ts";

/** What an administrator may see and change. */
export interface AdminContext {
  readonly port: number;
  readonly authenticatesBy: "nothing" | "password" | "login" | "hostname";
  readonly registry: Registry;
  readonly database: ManagerDatabase;
  /** False for a level that does not exist. */
  setLogLevel(level: unknown): boolean;
}

/** The arguments of a request, by place or by name as in Python. */
class Arguments {
  readonly #args: readonly unknown[];
  readonly #kwargs: Readonly<PlainRecord>;

  constructor(args: readonly unknown[], kwargs: Readonly<PlainRecord>) {
    this.#args = args;
    this.#kwargs = kwargs;
  }

  /** @throws PeerError `TypeError` */
  text(place: number, name: string): string {
    const value = this.any(place, name);
    if (typeof value === "string") return value;
    const what = value === undefined ? "is missing" : "must be a text";
    throw new PeerError("TypeError", `argument ${place + 1}, '${name}', ${what}`);
  }

  any(place: number, name: string): unknown {
    if (place < this.#args.length) return this.#args[place];
    return this.named(name);
  }

  named(name: string): unknown {
    return Object.hasOwn(this.#kwargs, name) ? this.#kwargs[name] : undefined;
  }
}

type AdminRequest = (context: AdminContext, given: Arguments) => unknown;

/**
 * What may be asked for. Python's manager walks its own attributes, whatever they are; these are the ones of use.
 * @see spec/msl-network.md 7
 */
export const ADMIN_REQUESTS: ReadonlyMap<string, AdminRequest> = new Map(
  Object.entries<AdminRequest>({
    port: ({ port }) => port,
    login: ({ authenticatesBy }) => authenticatesBy === "login",
    hostnames: ({ authenticatesBy, database }) =>
      authenticatesBy === "hostname" ? database.trustedHosts.list() : null,
    clients: ({ registry }) => clientIdentities(registry),
    services: ({ registry }) => serviceIdentities(registry),
    service_links: ({ registry }) => clientsOf(registry, "links"),
    service_locks: ({ registry }) => clientsOf(registry, "locks"),
    set_logging_level: (context, given) => context.setLogLevel(given.any(0, "level")),

    "users_table.usernames": ({ database }) => database.users.list().map(({ name }) => name),
    "users_table.users": ({ database }) =>
      database.users.list().map(({ name, isAdmin }) => [name, isAdmin]),
    "users_table.is_user_registered": ({ database }, given) =>
      database.users.find(given.text(0, "username")) !== undefined,
    "users_table.is_admin": ({ database }, given) =>
      database.users.find(given.text(0, "username"))?.isAdmin ?? false,
    "users_table.is_password_valid": ({ database }, given) =>
      database.users.isPassword(given.text(0, "username"), given.text(1, "password")),
    "users_table.insert": ({ database }, given) =>
      database.users.add(given.text(0, "username"), given.text(1, "password"), {
        isAdmin: Boolean(given.any(2, "is_admin")),
      }),
    "users_table.update": ({ database }, given) => {
      const [password, isAdmin] = [given.named("password"), given.named("is_admin")];
      return database.users.update(given.text(0, "username"), {
        password: typeof password === "string" ? password : undefined,
        isAdmin: isAdmin === undefined || isAdmin === null ? undefined : Boolean(isAdmin),
      });
    },
    "users_table.delete": ({ database }, given) => database.users.remove(given.text(0, "username")),

    "hostnames_table.hostnames": ({ database }) => database.trustedHosts.list(),
    "hostnames_table.insert": ({ database }, given) =>
      database.trustedHosts.add(given.text(0, "hostname")),
    "hostnames_table.delete": ({ database }, given) =>
      database.trustedHosts.remove(given.text(0, "hostname")),

    "connections_table.connections": ({ database }, given) => {
      const [from, to] = [given.named("start"), given.named("end")];
      const range = {
        from: typeof from === "string" ? from : undefined,
        to: typeof to === "string" ? to : undefined,
      };
      return database.connections
        .list(range)
        .map((row) => [row.id, row.time, row.address, row.domain, row.port, row.message]);
    },
  }),
);

/**
 * Answers an administrator.
 * @throws PeerError for what does not exist, cannot be done, or lacks an argument.
 */
export async function answerAdmin(
  context: AdminContext,
  attribute: string,
  args: readonly unknown[],
  kwargs: Readonly<PlainRecord>,
): Promise<unknown> {
  const answer = ADMIN_REQUESTS.get(attribute);
  if (answer === undefined) {
    const text = `'Manager' object has no attribute '${attribute}'; it has ${[...ADMIN_REQUESTS.keys()].join(", ")}, shutdown_manager`;
    throw new PeerError("AttributeError", text);
  }
  try {
    return await answer(context, new Arguments(args, kwargs));
  } catch (error) {
    if (error instanceof BunsenError) throw new PeerError("ValueError", error.message);
    throw error;
  }
}

export function clientIdentities({ clients }: Registry): PlainRecord {
  return Object.fromEntries(
    Array.from(clients.values(), (client) => [client.key, client.identity]),
  );
}

export function serviceIdentities({ services }: Registry): PlainRecord {
  return Object.fromEntries(Array.from(services, ([name, { identity }]) => [name, identity]));
}

function clientsOf({ services }: Registry, which: "links" | "locks"): PlainRecord {
  return Object.fromEntries(
    Array.from(services, ([name, service]) => [name, Array.from(service[which], ({ key }) => key)]),
  );
}
