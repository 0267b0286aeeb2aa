import { describe, expect, it } from "vitest";
import { CommunicationError, connect, connectionState, type Remote } from "../../src/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, runPython } from "../support/python.ts";
import { Relay } from "../support/relay.ts";
import { type Lab, openLab } from "./lab.ts";

checkLeaks();

/** A conversation with every kind of frame that a small one has: handshake, call, error, stream. */
async function converse(uri: string): Promise<string> {
  await using lab = await connect<Lab>(uri, { timeout: 5000 });
  await lab.hold();
  const sum = await lab.add(1, 2);
  const missing = await (lab as unknown as Remote<{ nothing(): number }>).nothing().then(
    () => "found",
    (error: unknown) => {
      if (error instanceof CommunicationError) throw error;
      return (error as Error).name;
    },
  );
  let items = 0;
  for await (const _ of lab.endless(10)) if (++items === 3) break;
  return `${sum} ${missing} ${items}`;
}

const WHOLE = /^3 (MemberError|RemoteAttributeError) 3$/;

describe("a line that is cut", () => {
  it("anywhere in a conversation, in a frame or in between, leaves nothing held and nobody hanging", async () => {
    await using served = await openLab();
    await using bystander = await connect<Lab>(served.uri);
    await using whole = await Relay.to(served.port);
    expect(await converse(whole.uriOf(served.uri))).toMatch(WHOLE);
    const lengths = { ...whole.passed };
    expect(lengths.up).toBeGreaterThan(200);
    let cuts = 0;
    for (const way of ["up", "down"] as const) {
      // Each byte of the first headers, and then each seventh: that meets every part of every frame.
      for (let at = 1; at < lengths[way]; at += at < 100 ? 1 : 7) {
        await using relay = await Relay.to(served.port);
        relay.cutAfter(at, way);
        const outcome = await converse(relay.uriOf(served.uri)).catch((error) => error);
        // What was cut may have been the good-bye. In the handshake a cut looks like a Pyro4 that closed on Pyro5's: the
        // conversation is held with Pyro4 then, where errors have other classes.
        if (!WHOLE.test(outcome)) {
          expect(outcome, `cut ${way} after ${at} bytes`).toBeInstanceOf(CommunicationError);
          expect(["now", "later", "unknown"]).toContain(outcome.retry);
          cuts++;
        }
      }
    }
    expect(cuts).toBeGreaterThan(100);
    await expect.poll(() => served.lab.held).toBe(0);
    expect(await bystander.add(20, 22)).toBe(42);
  });

  it.each([
    ["a crash of the network between", (relay: Relay) => relay.reset()],
    ["a cable that is pulled", (relay: Relay) => relay.stall()],
  ])("by %s ends every call that waits, and is made anew", async (_, cut) => {
    await using served = await openLab();
    let relay = await Relay.to(served.port);
    await using lab = await connect<Lab>(relay.uriOf(served.uri), { timeout: 300 });
    await lab.hold();
    const calls = Array.from({ length: 200 }, () => lab.wait(60_000));
    await lab.add(1, 1);
    cut(relay);
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { retry: "unknown" } });
    }
    const { port } = relay;
    await relay[Symbol.asyncDispose]();
    await expect.poll(() => connectionState(lab).value.name).toBe("lost");
    await expect.poll(() => served.lab.held).toBe(0);
    relay = await Relay.to(served.port, port);
    expect(await lab.add(20, 22)).toBe(42);
    await relay[Symbol.asyncDispose]();
  });
});

describeWithPython("Python clients that are cut off", () => {
  const CLIENT = `
import sys
if sys.argv[1] == "5":
    from Pyro5.api import Proxy
else:
    from Pyro4 import Proxy
for _ in range(int(sys.argv[3])):
    with Proxy(sys.argv[2]) as lab:
        try:
            lab._pyroTimeout = 5
            lab.hold()
            lab.add(1, 2)
            for i, item in enumerate(lab.endless(10)):
                if i == 3: break
            print("whole")
        except Exception as x:
            print(type(x).__name__)
`;

  it.each(["5", "4"])("leave nothing behind: Pyro%s", async (generation) => {
    await using served = await openLab();
    await using relay = await Relay.to(served.port);
    const uri = relay.uriOf(served.uri);
    expect(await runPython(CLIENT, [generation, uri, "1"])).toBe("whole\n");
    const { up } = relay.passed;
    const cuts = 12;
    for (let i = 0; i < cuts; i++) {
      relay.cutAfter(Math.floor((up * (i + 0.5)) / cuts), "up");
      const said = await runPython(CLIENT, [generation, uri, "1"]);
      expect(said.trim()).toMatch(/^(whole|\w*(Error|Exception))$/);
    }
    await expect.poll(() => served.lab.held).toBe(0);
    expect(await runPython(CLIENT, [generation, uri, "1"])).toBe("whole\n");
  });
});
