import { afterAll, beforeAll, expect, it } from "vitest";
import { connect, Daemon, expose, SILENT } from "../../src/index.ts";
import { openTunnel } from "../../src/tunnels/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { describeWithSshd, Sshd } from "../support/sshd.ts";

class Counter {
  add(n: number): number {
    return n + 1;
  }
}
expose(Counter, { add: true });

describeWithSshd("a gateway at the far end of a tunnel", () => {
  checkLeaks();
  let crux: Sshd;

  beforeAll(async () => {
    crux = await Sshd.start();
  });
  afterAll(() => crux[Symbol.asyncDispose]());

  it("is called by a port of the tunnel: HTTP and WebSocket know nothing of it", async () => {
    await using daemon = new Daemon({ logger: SILENT });
    daemon.register("counter", new Counter());
    const { url } = await daemon.listen("http://127.0.0.1:0");
    await using tunnel = await openTunnel(crux.host);
    const there = { host: "127.0.0.1", port: Number(new URL(url).port) };
    const here = await tunnel.forward(there);
    await using counter = await connect<Counter>(`ws://localhost:${here.port}/counter`);
    expect(await counter.add(1)).toBe(2);
    const init = { headers: { Connection: "close" } };
    const answer = await fetch(`http://localhost:${here.port}/pyro/counter/$meta`, init);
    expect(await answer.json()).toMatchObject({ methods: ["add"] });
  });

  it("is not called with via, which says what to do", async () => {
    await expect(connect("ws://localhost:8080/counter", { via: crux.host })).rejects.toMatchObject({
      code: "ERR_BAD_OPTION",
      message: expect.stringContaining("tunnel.forward({ port: 8080 })"),
    });
  });
});
