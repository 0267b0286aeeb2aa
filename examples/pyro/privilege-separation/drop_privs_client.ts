// Asks a restricted server for too much. Run: node drop_privs_client.ts URI
import { connect, RemoteOSError } from "#bunsen";
import type { RestrictedService } from "./drop_privs_server.ts";

const [uri = ""] = process.argv.slice(2);
await using restricted = await connect<RestrictedService>(uri);
console.log("server is running as:", ...(await restricted.who_is_server()));
console.log("attempting to write a file:");
try {
  await restricted.write_file();
  console.log("???? this should fail!");
} catch (error) {
  if (!(error instanceof RemoteOSError)) throw error;
  console.log("ERROR (expected):", error.message);
}
