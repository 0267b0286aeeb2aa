// Calls an object by its URI. Run: node client.ts URI, with either of those that the server printed
import { connect } from "#bunsen";
import type { QuoteGen } from "./server.ts";

const [uri = ""] = process.argv.slice(2);
await using quotegen = await connect<QuoteGen>(uri);
console.log("Getting some quotes...");
console.log(await quotegen.quote());
console.log(await quotegen.quote());
