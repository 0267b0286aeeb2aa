import { expect, it } from "vitest";
import {
  CommunicationError,
  callContext,
  connect,
  Daemon,
  expose,
  SILENT,
  withOptions,
} from "../../src/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, runPython, spawnPython } from "../support/python.ts";

checkLeaks();

class Door {
  whoami() {
    return callContext().caller.identity ?? "nobody";
  }
}
expose(Door, { whoami: true });

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
const bytes = (words: string) => new TextEncoder().encode(words);

const CLIENT = `
  import sys
  generation, uri = sys.argv[1:]
  if generation == "4":
      import Pyro4 as pyro
      from Pyro4 import errors
      from Pyro4.core import current_context
  else:
      import Pyro5.api as pyro
      from Pyro5 import errors
      from Pyro5.api import current_context
  seen = {}

  class Proxy(pyro.Proxy):
      def _pyroValidateHandshake(self, answer):
          print("answer", answer["welcome"])
          if answer["welcome"] == "mallory": raise errors.SecurityError("not my daemon")
      def _pyroAnnotations(self): return {"BDGE": b"badge 7"}
      def _pyroResponseAnnotations(self, annotations, kind): seen.update(annotations)

  for user in "ada", "eve", "mallory":
      current_context.annotations = {"BDGE": b"badge 7"}
      with Proxy(uri) as door:
          door._pyroHandshake = {"user": user}
          try:
              door._pyroBind()
              if generation == "5": seen = current_context.response_annotations
              print("annotation", bytes(seen["WELC"]).decode())
              print("called as", door.whoami())
          except errors.PyroError as x: print(type(x).__name__, x)
`;

const DAEMON = `
  import sys
  if sys.argv[1] == "4":
      import Pyro4 as pyro
      from Pyro4.core import current_context
  else:
      import Pyro5.api as pyro
      from Pyro5.api import current_context

  @pyro.expose
  class Door(object):
      def open(self): return "open"

  class Daemon(pyro.Daemon):
      def validateHandshake(self, connection, data):
          if data["user"] == "eve": raise ValueError("no entry for eve")
          current_context.response_annotations = {"WELC": b"welcome"}
          return {"welcome": data["user"]}
      def annotations(self): return {"DMON": b"7"}

  daemon = Daemon()
  print(daemon.register(Door()))
  print("READY")
  daemon.requestLoop()
`;

describeWithPython.each(["4", "5"])("the handshake with Pyro%s", (generation) => {
  it("of its clients is judged here: data, annotations and identity", async () => {
    const badges: string[] = [];
    await using daemon = new Daemon({ logger: SILENT });
    daemon.register("door", new Door());
    daemon.validateHandshake(async (caller, object) => {
      const { user } = caller.handshake as { user: string };
      const { annotations, responseAnnotations } = callContext();
      badges.push(text(annotations.get("BDGE")));
      await Promise.resolve();
      if (user === "eve") throw new RangeError(`no entry for ${user} at the ${object}`);
      caller.identity = user;
      responseAnnotations.set("WELC", bytes(`hello ${user}`));
      return { welcome: user };
    });
    await daemon.listen("pyro://localhost:0");
    const said = await runPython(CLIENT, [generation, daemon.uriFor("door")]);
    expect(said.trim().split("\n")).toEqual([
      "answer ada",
      "annotation hello ada",
      "called as ada",
      expect.stringMatching(
        /^CommunicationError connection to .* rejected: no entry for eve at the door$/,
      ),
      "answer mallory",
      "SecurityError not my daemon",
    ]);
    expect(badges).toEqual(["badge 7", "badge 7", "badge 7"]);
  });

  it("of its daemons is answered, and their answer judged here", async () => {
    await using peer = await spawnPython(DAEMON, [generation], { ready: /READY/ });
    const uri = peer.lines[0] as string;
    const answers: unknown[] = [];
    const onHandshake = (answer: unknown, annotations: ReadonlyMap<string, Uint8Array>) => {
      answers.push([answer, text(annotations.get("WELC")), text(annotations.get("DMON"))]);
      if ((answer as { welcome: string }).welcome === "mallory") throw new Error("not my daemon");
    };
    const enter = (user: string) =>
      connect<{ open(): string }>(uri, { handshake: { user }, onHandshake });
    await using door = await enter("ada");
    expect(await withOptions(door, { timeout: 5000 }).open()).toBe("open");
    expect(answers).toEqual([[{ welcome: "ada" }, "welcome", "7"]]);
    const refused = enter("eve");
    await expect(refused).rejects.toBeInstanceOf(CommunicationError);
    await expect(refused).rejects.toMatchObject({
      code: "ERR_HANDSHAKE_REFUSED",
      message: expect.stringContaining("no entry for eve"),
    });
    await expect(enter("mallory")).rejects.toThrow("not my daemon");
  });
});
