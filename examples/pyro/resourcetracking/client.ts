// Allocates, and frees when Enter is pressed; or is stopped before, with Ctrl-C. Run: node client.ts URI
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "#bunsen";
import type { Service } from "./server.ts";

const [uri = ""] = process.argv.slice(2);
await using service = await connect<Service>(uri);
console.log("currently allocated resources:", await service.list());
const resources = [1, 2].map(() => randomBytes(2).toString("hex"));
for (const name of resources) {
  console.log("allocating resource...", name);
  await service.allocate(name);
}
console.log("hit Enter now to free them normally, or Ctrl-C to be gone without a word:");
await once(process.stdin, "data");
process.stdin.destroy();
for (const name of resources) await service.free(name);
console.log("allocated resources:", await service.list());
console.log("done.");
