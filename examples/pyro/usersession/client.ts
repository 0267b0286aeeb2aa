// Uses two databases, in turn and at once. Run: node client.ts
import { connect, type Remote, withOptions } from "#bunsen";
import type { SessionboundDatabase } from "./server.ts";

const annotations = new Map([["USER", Buffer.from("user123")]]);

for (const kind of ["session", "singleton"]) {
  console.log(`\n***** In turn, with two proxies, on the ${kind} database (no issues)`);
  for (const number of [42, 43]) {
    await using database = await open(kind);
    await database.store("number", number);
    console.log("num =", await database.retrieve("number"));
  }
}
await atOnce("session", "no issues");
await atOnce("singleton", "errors will occur");

async function atOnce(kind: string, expected: string): Promise<void> {
  console.log(`\n***** At once, with two proxies, on the ${kind} database (${expected})`);
  await Promise.all(["first", "second"].map((name) => use(kind, name)));
}

async function use(kind: string, name: string): Promise<void> {
  await using database = await open(kind);
  for (const number of [100, 101, 102]) {
    try {
      await database.store("number", number);
      console.log(`[${name}] num =`, await database.retrieve("number"));
    } catch (error) {
      console.log(`[${name}]`, (error as Error).message);
    }
  }
}

async function open(kind: string): Promise<Remote<SessionboundDatabase>> {
  const uri = `PYRONAME:example.usersession.${kind}db`;
  return withOptions(await connect<SessionboundDatabase>(uri), { annotations });
}
