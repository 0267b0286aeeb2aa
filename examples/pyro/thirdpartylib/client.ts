// Calls the library. Run: node client.ts URI, with the URI of either server
import { connect } from "#bunsen";
import type { AwesomeClass } from "./awesome_thirdparty_library.ts";

const [uri = ""] = process.argv.slice(2);
await using remote = await connect<AwesomeClass>(uri);
console.log(await remote.method("how are you?"));
// Of a class that is registered nowhere (`registerClass`) nothing is sent; Python's server sends a record.
console.log("weird:", await remote.weird().catch((error: Error) => error.message));
console.log("private:", await remote.private().catch((error: Error) => error.message));
