// Phase 1: a warehouse and two visitors in one program, without Bunsen. Run: node visit.ts
import { Person } from "./person.ts";
import { Warehouse } from "./warehouse.ts";

const warehouse = new Warehouse();
await new Person("Janet").visit(warehouse);
await new Person("Henry").visit(warehouse);
process.stdin.destroy(); // nobody asks any more
