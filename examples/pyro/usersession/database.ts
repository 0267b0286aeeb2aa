import { setTimeout as sleep } from "node:timers/promises";

/** A key-value datastore that takes its time. */
export class DummyDatabase {
  readonly #storage = new Map<string, unknown>();
  readonly allowedUsers: readonly string[] = ["user123", "admin"];

  connect(user?: string): Connection {
    return new Connection(this, user);
  }
  async set(key: string, value: unknown): Promise<void> {
    await sleep(Math.random() * 100);
    this.#storage.set(key, value);
  }
  async get(key: string): Promise<unknown> {
    await sleep(Math.random() * 100);
    return this.#storage.get(key);
  }
}

/** Breaks, on purpose, when it is used again before it is done. */
export class Connection {
  readonly #database: DummyDatabase;
  readonly #user: string | undefined;
  #busy = false;

  constructor(database: DummyDatabase, user: string | undefined) {
    this.#database = database;
    this.#user = user;
  }

  async store(key: string, value: unknown, user: string | undefined = this.#user): Promise<void> {
    console.log(`DB: user ${user} stores: ${key} = ${value}`);
    await this.#alone(user, () => this.#database.set(key, value));
  }
  async retrieve(key: string, user: string | undefined = this.#user): Promise<unknown> {
    console.log(`DB: user ${user} retrieve: ${key}`);
    return await this.#alone(user, () => this.#database.get(key));
  }

  async #alone<T>(user: string | undefined, action: () => Promise<T>): Promise<T> {
    if (!this.#database.allowedUsers.includes(user ?? "")) throw new Error("access denied");
    if (this.#busy) throw new Error("ERROR: concurrent connection access");
    this.#busy = true;
    try {
      return await action();
    } finally {
      this.#busy = false;
    }
  }
}
