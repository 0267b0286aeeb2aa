import { expect, it } from "vitest";
import { connect, connectionState, SerializeError } from "../../src/index.ts";
import { describeWithPython, spawnPython } from "../support/python.ts";

const DAEMON = new URL("peers/values_daemon.py", import.meta.url);

interface Values {
  make(expression: string): unknown;
  seen(value: unknown): string;
}

// Python's daemon answers with these errors and then closes the connection.
describeWithPython.each([[5], [4]] as const)("after an error of Pyro%i's own", (generation) => {
  it("the next call takes a new connection, instead of being lost with the old one", async () => {
    await using peer = await spawnPython(DAEMON, [`${generation}`], { ready: /READY/ });
    await using values = await connect<Values>(peer.lines[0] as string, { serializer: "json" });
    for (let i = 0; i < 20; i++) {
      await expect(values.make("b'bytes'")).rejects.toBeInstanceOf(SerializeError);
      expect(await values.make("1")).toBe(1);
    }
    expect(connectionState(values).value.name).toBe("connected");
  });

  it("calls that were on their way are lost, and their callers are told", async () => {
    await using peer = await spawnPython(DAEMON, [`${generation}`], { ready: /READY/ });
    await using values = await connect<Values>(peer.lines[0] as string, { serializer: "json" });
    const outcomes = await Promise.allSettled([values.make("b'bytes'"), values.make("1")]);
    expect(outcomes).toMatchObject([
      { status: "rejected", reason: { code: "ERR_SERIALIZE" } },
      { status: "rejected", reason: { retry: "unknown" } },
    ]);
    expect(await values.make("1")).toBe(1);
  });
});
