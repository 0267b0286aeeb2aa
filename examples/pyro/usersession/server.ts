// A database connection for each caller, and one for all. Needs a name server. Run: node server.ts
import { callContext, Daemon, expose } from "#bunsen";
import { DummyDatabase } from "./database.ts";

const database = new DummyDatabase();

/** Whom the caller says to be, in an annotation. Anybody can say so: for a proof see the examples `ssl` and `callcontext`. */
function callingUser(): string {
  return Buffer.from(callContext().annotations.get("USER") ?? "").toString();
}

/** Has trouble when several callers use it at once. `serial: true` would put them in line. */
export class SingletonDatabase {
  readonly #connection = database.connect(); // the user differs from call to call

  async store(key: string, value: unknown): Promise<void> {
    await this.#connection.store(key, value, callingUser());
  }
  async retrieve(key: string): Promise<unknown> {
    return await this.#connection.retrieve(key, callingUser());
  }
}
expose(SingletonDatabase, { store: true, retrieve: true });

/** Made by the first call on each connection, and so with a database connection of its own. */
export class SessionboundDatabase {
  readonly #connection = database.connect(callingUser());

  constructor() {
    console.log("[SessionboundDatabase] new instance and connection for user:", callingUser());
  }
  async store(key: string, value: unknown): Promise<void> {
    await this.#connection.store(key, value);
  }
  async retrieve(key: string): Promise<unknown> {
    return await this.#connection.retrieve(key);
  }
}
expose(SessionboundDatabase, { store: true, retrieve: true });

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("singletondb", SingletonDatabase, { mode: "single" });
daemon.register("sessiondb", SessionboundDatabase, { mode: "session" });
for (const id of daemon.objects) await daemon.announce(id, `example.usersession.${id}`);
console.log("ready", daemon.uriFor("sessiondb"));
