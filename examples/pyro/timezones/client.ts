// Sends and receives dates. Run: node client.ts URI
import { connect, type SerializerName } from "#bunsen";
import type { Server } from "./server.ts";

const [uri = ""] = process.argv.slice(2);
// Python's marshal writes no dates, and its msgpack none with a time zone.
for (const serializer of ["serpent", "json"] satisfies SerializerName[]) {
  console.log(`******* ${serializer} *******`);
  await using server = await connect<Server>(uri, { serializer });
  show("echo of a Date", await server.echo(new Date()));
  show("pytz", await server.pytz());
  show("dateutil", await server.dateutil());
  show("pendulum", await server.pendulum());
}

function show(what: string, arrived: Date | string): void {
  console.log(`${what}:`, arrived, "parsed:", new Date(arrived).toISOString());
}
