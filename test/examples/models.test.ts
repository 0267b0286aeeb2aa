import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type RunningNameServer, SILENT, startNameServer } from "../../src/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { type RunningProcess, runProcess, startProcess } from "../support/process.ts";
import { describeWithPython, python } from "../support/python.ts";

let names: RunningNameServer;
let env: Record<string, string>;
beforeEach(async () => {
  names = await startNameServer({
    host: "localhost",
    port: 0,
    broadcastPort: false,
    logger: SILENT,
  });
  const { location } = names.uri;
  const port = location.kind === "tcp" ? `${location.port}` : "";
  env = { PYRO_NS_HOST: "localhost", PYRO_NS_PORT: port, PYTHONDONTWRITEBYTECODE: "1" };
});
afterEach(() => names.close());

const commandOf = (name: string) => {
  const path = fileURLToPath(new URL(`../../examples/models/${name}`, import.meta.url));
  return [name.endsWith(".py") ? (python ?? "python3") : process.execPath, [path]] as const;
};
const start = (name: string, ready: RegExp): Promise<RunningProcess> =>
  startProcess(...commandOf(name), { env, ready });
const run = (name: string): Promise<string> => runProcess(...commandOf(name), { env });

describeWithPython("the live model of the examples", () => {
  checkLeaks();

  it("is seen and changed from TypeScript and Python alike", async () => {
    await using server = await start("server.ts", /^ready PYRO:remoteServer@/);
    await using viewer = await start("viewer.ts", /^version 0: xxx = 0$/);
    await using viewerPy = await start("viewer.py", /^viewing$/);

    const said = (await run("controller.ts")).trim().split("\n");
    expect(said).toEqual([
      expect.stringContaining("call addController() first"),
      '1 viewers were told of {"name":"newname","value":100}',
      expect.stringMatching(/Z 127\.0\.0\.1:\d+ refused modify \[null,\{"value":1\}\]$/),
      expect.stringMatching(
        /Z typescript changed modify \["typescript",\{"name":"newname","value":99\}\]$/,
      ),
      expect.stringMatching(/Z typescript changed modify \["typescript",\{"value":100\}\]$/),
    ]);
    await viewer.nextLine(/^version 2: newname = 100$/);
    await viewerPy.nextLine(/^Model values now: \{'name': 'newname', 'value': 100\}$/);

    const python = (await run("controller.py")).trim().split("\n");
    expect(python.slice(0, 2)).toEqual([
      expect.stringContaining("call addController() first"),
      "{'name': 'newname', 'value': 99}",
    ]);
    expect(python.at(-1)).toMatch(
      / python changed \['python', \{'name': 'newname', 'value': 99\}\]$/,
    );
    await viewer.nextLine(/^version 3: newname = 99$/);

    // Both leave as programs do: one says good-bye, the other does not.
    viewerPy.kill("SIGINT");
    await server.nextLine(/^viewer-removed 3$/);
    viewer.kill("SIGKILL");
    await viewer.exited;
    await run("controller.py");
    await server.nextLine(/^changed 4$/);
  });

  it("ticks while it plays", async () => {
    await using _ = await start("ticker-server.ts", /^ready/);
    await using viewerPy = await start("viewer.py", /^viewing$/);
    const control = (call: string) =>
      runProcess(
        python ?? "python3",
        ["-c", `import Pyro4; Pyro4.Proxy("PYRONAME:remoteServer").${call}()`],
        { env },
      );
    await control("play");
    await viewerPy.nextLine(/'playing\?': True, 'tickNo': 2\}, 'Value:', 2\)$/);
    await control("pause");
    await viewerPy.nextLine(/'playing\?': False/);
  });
});
