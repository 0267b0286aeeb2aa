// Shows what the model is, and what becomes of it, until the model is gone.
// In a project of your own, import from "bunsen" and "bunsen/models".
import { connect } from "#bunsen";
import type { ServedModel } from "#bunsen/models";
import type { State } from "./server.ts";

await using model = await connect<ServedModel<State>>("PYRONAME:remoteServer");
for await (const { version, state } of model.watch()) {
  console.log(`version ${version}: ${state.name} = ${state.value}`);
}
