// A model under the name "remoteServer", for viewers and controllers in Python and TypeScript:
//   bunsen ns                              (a name server, as pyro4-ns)
//   node examples/models/server.ts         (or ticker-server.ts)
//   node examples/models/viewer.ts         or  python examples/models/viewer.py
//   node examples/models/controller.ts     or  python examples/models/controller.py
// In a project of your own, import from "bunsen" and "bunsen/models".
import { Daemon } from "#bunsen";
import { model, type ServedModel } from "#bunsen/models";

export interface State {
  name: string;
  value: number;
}

const served: ServedModel<State> = model({
  state: { name: "xxx", value: 0 },
  changeable: { name: true, value: true },
});
// What happens is told here, and in the record that controller.ts shows.
served.onEvent(({ event, version }) => console.log(event, version));

const daemon = new Daemon();
daemon.register("remoteServer", served);
await daemon.listen("pyro://localhost:0");
await daemon.announce("remoteServer", "remoteServer");
console.log("ready", daemon.uriFor("remoteServer"));
