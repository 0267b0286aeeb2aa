import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  callContext,
  connect,
  Daemon,
  expose,
  type Remote,
  release,
  withOptions,
} from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import type { SerializerName } from "../../src/serializers/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithPython, type PythonPeer, runPython, spawnPython } from "../support/python.ts";
import { Relay } from "../support/relay.ts";

checkLeaks();

const PEER = new URL("peers/context.py", import.meta.url);
const CORRELATION_ID = "11111111-2222-3333-4444-555555555555";

/** Tells what it knows of its call. */
class Witness {
  open = 0;
  closed = 0;
  tell() {
    const { caller, sequence, serializer, correlationId, annotations, responseAnnotations } =
      callContext();
    responseAnnotations.set("BACK", Buffer.from("and back"));
    return {
      dialect: caller.dialect,
      address: caller.address,
      sequence: sequence ?? null,
      serializer: serializer ?? null,
      correlationId,
      annotation: Buffer.from(annotations.get("TEST") ?? []).toString(),
    };
  }
  allocate(): number {
    this.open += 1;
    callContext().trackResource({ close: () => (this.closed += 1) });
    return this.open;
  }
}
expose(Witness, { tell: true, allocate: true });

/** Between Python and Python: passes the call on. */
class Bridge {
  readonly next: Remote<{ forward(uri: string): unknown }>;
  constructor(next: Remote<{ forward(uri: string): unknown }>) {
    this.next = next;
  }
  async forward(uri: string): Promise<unknown> {
    return [callContext().correlationId, await this.next.forward(uri)];
  }
}
expose(Bridge, { forward: true });

describeWithPython.each([[5], [4]] as const)("beside calls, with Pyro%i", (generation) => {
  let daemon: Daemon;
  let witness: Witness;
  let uri: string;
  let peer: PythonPeer;
  let middle: Remote<{ forward(uri: string): [string, ReturnType<Witness["tell"]>] }>;

  beforeAll(async () => {
    daemon = new Daemon({ logger: SILENT });
    witness = new Witness();
    daemon.register("witness", witness);
    await daemon.listen("pyro://127.0.0.1:0");
    uri = daemon.uriFor("witness");
    peer = await spawnPython(PEER, [`${generation}`, "serve"], { ready: /READY/ });
    middle = await connect(peer.lines[0] as string);
  });
  afterAll(async () => {
    await release(middle);
    await daemon.close();
    await peer[Symbol.asyncDispose]();
  });

  it.each<SerializerName>(["serpent", "json", "marshal", "msgpack"])(
    "a method knows its caller's address, number, serializer, annotations and correlation id (%s)",
    async (serializer) => {
      const said = await runPython(PEER, [`${generation}`, "call", uri, serializer]);
      const [first, second, address, response] = JSON.parse(said);
      expect(first).toEqual({
        dialect: `pyro${generation}`,
        address,
        sequence: expect.any(Number),
        serializer,
        correlationId: CORRELATION_ID,
        // Pyro4's clients send annotations of their own only from a subclass of Proxy.
        annotation: generation === 5 ? "hello" : "",
      });
      expect(second.sequence).toBe(first.sequence + 1);
      expect(response).toBe("and back");
    },
  );

  it("one correlation id goes from here through Python and back to here", async () => {
    const [there, here] = await withOptions(middle, { correlationId: CORRELATION_ID }).forward(uri);
    expect([there, here.correlationId]).toEqual([CORRELATION_ID, CORRELATION_ID]);
  });

  it("and from Bunsen by way of Bunsen and Python to Bunsen", async () => {
    daemon.register("bridge", new Bridge(middle), { force: true });
    await using bridge = await connect<Bridge>(daemon.uriFor("bridge"));
    const answer = await withOptions(bridge, { correlationId: CORRELATION_ID }).forward(uri);
    expect(answer).toEqual([
      CORRELATION_ID,
      [CORRELATION_ID, expect.objectContaining({ correlationId: CORRELATION_ID })],
    ]);
  });

  it("a deadline does not reach Python, nor what Python calls", async () => {
    const hurried = withOptions(middle, { timeout: 10_000, correlationId: CORRELATION_ID });
    const [, here] = await hurried.forward(uri);
    expect(here.annotation).toBe("");
  });

  describe("tracked resources are freed", () => {
    const hold = (to = uri) =>
      spawnPython(PEER, [`${generation}`, "hold", to], { ready: /^ALLOCATED/ });

    it("when a client is killed", async () => {
      const before = witness.closed;
      await using client = await hold();
      expect(witness.closed).toBe(before);
      client.kill("SIGKILL");
      await vi.waitFor(() => expect(witness.closed).toBe(before + 1));
    });

    it("when the network is cut", async () => {
      const before = witness.closed;
      await using relay = await Relay.to(Number(uri.split(":").at(-1)));
      await using _client = await hold(relay.uriOf(uri));
      expect(witness.closed).toBe(before);
      relay.reset();
      await vi.waitFor(() => expect(witness.closed).toBe(before + 1));
    });

    it("when a message is cut in the middle", async () => {
      const before = witness.closed;
      await using relay = await Relay.to(Number(uri.split(":").at(-1)));
      await using through = await connect<Witness>(relay.uriOf(uri), { generation });
      await through.allocate();
      relay.cutAfter(10, "up");
      await expect(through.tell()).rejects.toThrow();
      await vi.waitFor(() => expect(witness.closed).toBe(before + 1));
    });

    it("when the daemon closes", async () => {
      const other = new Daemon({ logger: SILENT });
      const own = new Witness();
      other.register("own", own);
      await other.listen("pyro://127.0.0.1:0");
      await using _client = await hold(other.uriFor("own"));
      await other.close();
      expect([own.open, own.closed]).toEqual([1, 1]);
    });
  });
});
