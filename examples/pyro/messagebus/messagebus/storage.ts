import { DatabaseSync } from "node:sqlite";
import { Message } from "./message.ts";

/** What a bus keeps: topics, who listens to them (by URI), and what was not delivered yet. */
export interface Storage {
  topics(): string[];
  createTopic(topic: string): void;
  removeTopic(topic: string): void;
  addMessage(topic: string, message: Message): void;
  /** The oldest message of each topic first. */
  pending(topic: string): Message[];
  removeMessages(topic: string, messages: readonly Message[]): void;
  addSubscriber(topic: string, uri: string): void;
  removeSubscriber(topic: string, uri: string): void;
  subscribers(topic: string): string[];
}

/** Very fast, and forgotten when the bus ends. */
export class MemoryStorage implements Storage {
  readonly #topics = new Map<string, { messages: Message[]; subscribers: Set<string> }>();

  topics(): string[] {
    return [...this.#topics.keys()];
  }
  createTopic(topic: string): void {
    if (!this.#topics.has(topic)) {
      this.#topics.set(topic, { messages: [], subscribers: new Set() });
    }
  }
  removeTopic(topic: string): void {
    this.#topics.delete(topic);
  }
  addMessage(topic: string, message: Message): void {
    this.#get(topic).messages.push(message);
  }
  pending(topic: string): Message[] {
    return [...(this.#topics.get(topic)?.messages ?? [])];
  }
  removeMessages(topic: string, messages: readonly Message[]): void {
    const entry = this.#topics.get(topic);
    if (entry) entry.messages = entry.messages.filter((message) => !messages.includes(message));
  }
  addSubscriber(topic: string, uri: string): void {
    this.#get(topic).subscribers.add(uri);
  }
  removeSubscriber(topic: string, uri: string): void {
    this.#topics.get(topic)?.subscribers.delete(uri);
  }
  subscribers(topic: string): string[] {
    return [...(this.#topics.get(topic)?.subscribers ?? [])];
  }

  #get(topic: string) {
    const entry = this.#topics.get(topic);
    if (!entry) throw unknownTopic(topic);
    return entry;
  }
}

/** In a file: a bus that is started again goes on where it was. */
export class SqliteStorage implements Storage {
  readonly #db: DatabaseSync;

  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    this.#db.exec(`
      PRAGMA foreign_keys = ON;
      PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS topic (id INTEGER PRIMARY KEY, topic TEXT UNIQUE NOT NULL);
      CREATE TABLE IF NOT EXISTS message (
        id TEXT PRIMARY KEY,
        created INTEGER NOT NULL,
        topic INTEGER NOT NULL REFERENCES topic(id) ON DELETE CASCADE,
        data TEXT NOT NULL
      );
      CREATE TABLE IF NOT EXISTS subscription (
        topic INTEGER NOT NULL REFERENCES topic(id) ON DELETE CASCADE,
        subscriber TEXT NOT NULL,
        PRIMARY KEY (topic, subscriber)
      );
    `);
  }

  topics(): string[] {
    return this.#db
      .prepare("SELECT topic FROM topic")
      .all()
      .map(({ topic }) => topic as string);
  }
  createTopic(topic: string): void {
    this.#db.prepare("INSERT OR IGNORE INTO topic (topic) VALUES (?)").run(topic);
  }
  removeTopic(topic: string): void {
    this.#db.prepare("DELETE FROM topic WHERE topic = ?").run(topic);
  }
  /** As JSON: the original pickles, and what is unpickled may do anything. */
  addMessage(topic: string, { msgid, created, data }: Message): void {
    this.#db
      .prepare("INSERT INTO message (id, created, topic, data) VALUES (?, ?, ?, ?)")
      .run(msgid, created.getTime(), this.#idOf(topic), JSON.stringify(data));
  }
  pending(topic: string): Message[] {
    return this.#db
      .prepare(
        "SELECT id, created, data FROM message WHERE topic = (SELECT id FROM topic WHERE topic = ?) ORDER BY rowid",
      )
      .all(topic)
      .map(
        ({ id, created, data }) =>
          new Message(JSON.parse(data as string), id as string, new Date(created as number)),
      );
  }
  removeMessages(_topic: string, messages: readonly Message[]): void {
    const remove = this.#db.prepare("DELETE FROM message WHERE id = ?");
    for (const { msgid } of messages) remove.run(msgid);
  }
  addSubscriber(topic: string, uri: string): void {
    this.#db
      .prepare("INSERT OR IGNORE INTO subscription (topic, subscriber) VALUES (?, ?)")
      .run(this.#idOf(topic), uri);
  }
  removeSubscriber(topic: string, uri: string): void {
    this.#db
      .prepare(
        "DELETE FROM subscription WHERE subscriber = ? AND topic = (SELECT id FROM topic WHERE topic = ?)",
      )
      .run(uri, topic);
  }
  subscribers(topic: string): string[] {
    return this.#db
      .prepare(
        "SELECT subscriber FROM subscription WHERE topic = (SELECT id FROM topic WHERE topic = ?)",
      )
      .all(topic)
      .map(({ subscriber }) => subscriber as string);
  }

  #idOf(topic: string): number {
    const row = this.#db.prepare("SELECT id FROM topic WHERE topic = ?").get(topic);
    if (!row) throw unknownTopic(topic);
    return row["id"] as number;
  }
}

function unknownTopic(topic: string): Error {
  return new RangeError(`there is no topic ${JSON.stringify(topic)} on the bus`);
}
