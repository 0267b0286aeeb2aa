// Registers, changes the model, and shows who changed what.
// In a project of your own, import from "bunsen" and "bunsen/models".
import { connect, kwargs } from "#bunsen";
import type { ServedModel } from "#bunsen/models";
import type { State } from "./server.ts";

await using model = await connect<ServedModel<State>>("PYRONAME:remoteServer");
await model.modify(kwargs({ value: 1 })).catch((error: Error) => console.log(error.message));

const me = await model.addController("typescript");
await model.modify(me, { name: "newname", value: 99 });
const { told = 0 } = (await model.modify(me, kwargs({ value: 100, delivered: true }))) ?? {};
console.log(`${told} viewers were told of ${JSON.stringify(await model.query())}`);
for (const { at, event, who, operation, args } of await model.history()) {
  console.log(at, who.identity, event, operation, JSON.stringify(args));
}
