// Phase 3: two visitors of a warehouse that is found by its name. Run: node visit.ts
import { connect } from "#bunsen";
import { Person } from "./person.ts";
import type { Warehouse } from "./warehouse.ts";

// Python needs an excepthook to print remote tracebacks. Here every error that nobody catches ends with its own.
await using warehouse = await connect<Warehouse>("PYRONAME:example.warehouse");
await new Person("Janet").visit(warehouse);
await new Person("Henry").visit(warehouse);
process.stdin.destroy(); // nobody asks any more
