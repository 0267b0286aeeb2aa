import { expect, it } from "vitest";
import { SILENT } from "../../src/log.ts";
import { everyone } from "../../src/models/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, runPython, spawnPython } from "../support/python.ts";
import { exampleModel, shop } from "./example.ts";
import { control, view } from "./original.ts";

describeWithPython("controllers in Python", () => {
  checkLeaks();

  it("refresh nobody by a change that is refused, or fails", async () => {
    await using served = exampleModel({ logger: SILENT });
    await using at = await shop("remoteServer", served);
    await using viewer = await view(at.env);
    const said = await control(
      at.env,
      `
def attempt(change):
    try:
        change()
    except Exception as error:
        print(type(error).__name__)
attempt(lambda: rm.doModify({"value": 1}))
rm.addController("rosalind")
attempt(lambda: rm.modify("bob", value=1))
attempt(lambda: rm.doModify({"value": "one"}))
attempt(lambda: rm.doModify({"__class__": "Evil"}))
print(rm.query(), rm.delivered(), [viewer["lastRefresh"] for viewer in rm.listViewers()])
rm.doModify({"value": 2})
`,
    );
    expect(said.trim().split("\n")).toEqual([
      "SecurityError",
      "SecurityError",
      "TypeError",
      "AttributeError",
      "{'name': 'xxx', 'value': 0} {'version': 0, 'told': 1, 'lost': 0} [None]",
    ]);
    await viewer.nextLine(/^Model values now: \{'name': 'xxx', 'value': 2\}$/);
    expect(viewer.lines.filter((line) => line.startsWith("Received"))).toHaveLength(1);
  });

  it("are told by Pyro5, too, why they were refused, by an error that it knows", async () => {
    await using served = exampleModel({ logger: SILENT });
    await using at = await shop("remoteServer", served);
    const said = await runPython(
      `
      import sys
      import Pyro5.api, Pyro5.errors
      with Pyro5.api.Proxy(sys.argv[1]) as model:
          try:
              model.doModify({"value": 1})
          except Pyro5.errors.SecurityError as error:
              print(error)
          print(model.addController("rosalind", "controller"), model.doModify({"value": 1}))
          print([(c["who"]["identity"], c["who"]["dialect"], c["result"]) for c in model.history(0, 1)])
      `,
      [at.uri],
    );
    expect(said.trim().split("\n")).toEqual([
      expect.stringMatching(/may not doModify: .*call addController\(\) first$/),
      "rosalind None",
      "[('rosalind', 'pyro5', None)]",
    ]);
  });

  it("reach what is meant for them, and not what the original left open", async () => {
    await using served = exampleModel({ logger: SILENT, policy: everyone });
    await using at = await shop("remoteServer", served);
    const said = await control(
      at.env,
      `
rm._pyroBind()
print(sorted(rm._pyroMethods), sorted(rm._pyroAttrs))
for name in ("setModel", "updateViewers", "update", "close", "onEvent"):
    for call in (lambda: getattr(rm, name)(), lambda: rm._pyroInvoke(name, (), {})):
        try:
            print(call())
        except AttributeError:
            print(name, end=" ")
`,
    );
    const methods =
      "addController addViewer delivered doModify history listControllers listViewers listWatchers modify query removeController removeViewer validateController watch";
    const list = methods.split(" ").map((name) => `'${name}'`);
    expect(said.trimEnd().split("\n")).toEqual([
      `[${list.join(", ")}] ['state', 'version']`,
      "setModel setModel updateViewers updateViewers update update close close onEvent onEvent",
    ]);
  });

  it("at the same time are taken one after the other, and each is recorded", async () => {
    await using served = exampleModel({ logger: SILENT });
    await using at = await shop("remoteServer", served);
    const controller = (name: string) =>
      spawnPython(
        `
        import sys, time
        import Pyro4
        with Pyro4.Proxy(sys.argv[1]) as rm:
            rm.addController(sys.argv[2])
            print("ready", flush=True)
            while rm.version == 0:
                time.sleep(0.001)
            for value in range(50):
                rm.modify(sys.argv[2], name=sys.argv[2], value=value)
        `,
        [at.uri, name],
        { ready: /^ready$/ },
      );
    await using ann = await controller("ann");
    await using bob = await controller("bob");
    await served.doModify({ name: "go" });
    for (const one of [ann, bob]) expect((await one.exit()).code).toBe(0);
    const records = served.history(1);
    expect(records.map(({ version }) => version)).toEqual(
      Array.from({ length: 100 }, (_, i) => i + 2),
    );
    for (const name of ["ann", "bob"]) {
      const own = records.filter(({ who }) => who.identity === name);
      const values = own.map(({ args }) => (args as [string, { value: number }])[1].value);
      expect(values).toEqual(Array.from({ length: 50 }, (_, i) => i));
    }
  });
});
