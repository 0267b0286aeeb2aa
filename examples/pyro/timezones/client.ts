// Sends and receives dates, with every serializer that has them. Run: node client.ts URI
import { connect, type SerializerName } from "#bunsen";
import type { Server } from "./server.ts";

const [uri = ""] = process.argv.slice(2);
for (const serializer of ["serpent", "json", "marshal"] satisfies SerializerName[]) {
  console.log(`******* ${serializer} *******`);
  await using server = await connect<Server>(uri, { serializer });
  show("echo of a Date", await server.echo(new Date()));
  // Python's marshal writes no dates, and says so.
  for (const zones of ["pytz", "dateutil", "pendulum"] as const) {
    await server[zones]().then(
      (text) => show(zones, text),
      (error: Error) => console.log(`${zones}: ${error.name}: ${error.message}`),
    );
  }
}

function show(what: string, arrived: Date | string): void {
  console.log(`${what}:`, arrived, "parsed:", new Date(arrived).toISOString());
}
