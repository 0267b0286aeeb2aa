// Phase 2: two visitors of a remote warehouse. Run: node visit.ts URI, with the URI that the warehouse printed
import { connect } from "#bunsen";
import { Person } from "./person.ts";
import type { Warehouse } from "./warehouse.ts";

const [uri = ""] = process.argv.slice(2);
await using warehouse = await connect<Warehouse>(uri);
await new Person("Janet").visit(warehouse);
await new Person("Henry").visit(warehouse);
process.stdin.destroy(); // nobody asks any more
