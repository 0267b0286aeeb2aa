import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Daemon, expose } from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { everyone } from "../../src/models/index.ts";
import { exampleModel } from "../models/example.ts";
import { itWithPython, spawnPython } from "../support/python.ts";
import { interrupt, MAIN, run, serve } from "./bunsen.ts";

let daemon: Daemon;
beforeEach(async () => {
  daemon = new Daemon({ logger: SILENT });
  await daemon.listen("pyro://127.0.0.1:0");
});
afterEach(() => daemon.close());

const uriOf = (object: object) => daemon.register("object", object).uri;

describe("bunsen watch", () => {
  it("prints what is there, and each newer state, until Ctrl-C", async () => {
    await using model = exampleModel({ policy: everyone, logger: SILENT });
    await using watch = await serve(["watch", uriOf(model)], / 0 \{ name: 'xxx', value: 0 \}$/);
    await model.doModify({ value: 99 });
    await watch.nextLine(/^\d{4}-\S+Z 1 \{ name: 'xxx', value: 99 \}$/);
    const { exit } = await interrupt(watch);
    expect(exit.code).toBe(0);
    expect(watch.stderr).toBe("");
  });

  it("prints one line of JSON for each with --json", async () => {
    await using model = exampleModel({ policy: everyone, logger: SILENT });
    await using watch = await serve(["watch", uriOf(model), "--json"], /^\{/);
    await model.doModify({ name: "yyy" });
    await watch.nextLine(/"version":1/);
    await interrupt(watch);
    expect(watch.lines.map((line) => JSON.parse(line))).toEqual([
      { at: expect.stringMatching(/Z$/), version: 0, state: { name: "xxx", value: 0 } },
      { at: expect.stringMatching(/Z$/), version: 1, state: { name: "yyy", value: 0 } },
    ]);
  });

  it("asks an object that does not tell, and shows what is new", async () => {
    const object = {
      state: 1,
      asked: 0,
      query() {
        this.asked += 1;
        return this.state;
      },
    };
    const uri = uriOf(expose(object, { query: true }));
    await using watch = await serve(["watch", uri, "--every", "0.02", "--json"], /"state":1\}$/);
    await expect.poll(() => object.asked).toBeGreaterThan(3);
    object.state = 2;
    await watch.nextLine(/"version":null,"state":2\}$/);
    await interrupt(watch);
    expect(watch.lines).toHaveLength(2);
    expect(watch.stderr).toContain("does not tell of its changes; it is asked every 0.02 s");
  });

  it("ends with the model, and with an error when the connection is lost", async () => {
    const model = exampleModel({ policy: everyone, logger: SILENT });
    await using watch = await serve(["watch", uriOf(model)], / 0 /);
    await model.close();
    expect((await watch.exit()).code).toBe(0);
    daemon.unregister("object");
    await using other = exampleModel({ policy: everyone, logger: SILENT });
    await using lost = await serve(["watch", uriOf(other)], / 0 /);
    await daemon.close();
    expect((await lost.exit()).code).toBe(3);
    expect(lost.stderr).toMatch(/^bunsen: /);
  });

  it("says what is missing of an object that has no state to show", async () => {
    const { code, stderr } = await run(["watch", uriOf(expose({ x: 1 }, { x: true }))]);
    expect(code).toBe(2);
    expect(stderr).toContain('has neither "watch" nor "query"');
    expect((await run(["watch", "PYRO:x@localhost:1", "--every", "0"])).code).toBe(2);
  });

  itWithPython("draws each state over the one before, on a terminal", async () => {
    await using model = exampleModel({ policy: everyone, logger: SILENT });
    await using terminal = await spawnPython(
      `
      import fcntl, os, pty, signal, struct, sys, termios, threading
      pid, fd = pty.fork()
      if pid == 0:
          os.execv(sys.argv[1], sys.argv[1:])
      fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
      shown = b""
      while b"value  99" not in shown:
          shown += os.read(fd, 1000)
          if b"xxx" in shown:
              print("drawn", flush=True)
      os.write(fd, b"\\x03")
      print(repr(shown), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
      `,
      [process.execPath, MAIN, "watch", uriOf(model)],
      { ready: /^drawn$/ },
    );
    await model.doModify({ name: "evil\u001b[2Jname", value: 99 });
    const [line] = await terminal.nextLine(/^b'.*/);
    expect(line).toMatch(/version 0 {2}\S+.*name {3}xxx.*\\x1b\[4A\\r\\x1b\[2KPYRO:.*value {2}99/);
    expect(line).toContain("evilname");
    expect(line).toMatch(/ 0$/);
  });
});
