import { expect, it } from "vitest";
import { connect, connectionState, Daemon, SILENT } from "../../src/index.ts";
import { openTunnel } from "../../src/tunnels/index.ts";
import { checkLeaks } from "../support/leaks.ts";
import { Relay } from "../support/relay.ts";
import { countSshProcesses, describeWithSshd, Sshd } from "../support/sshd.ts";

describeWithSshd("a PyProximity server behind a gateway", () => {
  checkLeaks();
  const sshProcesses = countSshProcesses();

  it("is called by way of a tunnel, which goes with the proxy", async () => {
    await using gateway = await Sshd.start();
    await using daemon = new Daemon({ logger: SILENT });
    daemon.register("maths", { add: (x: number, y: number) => x + y }, { expose: /./ });
    const { address } = await daemon.listen("proximity://127.0.0.1:0");
    {
      await using maths = await connect<{ add(x: number, y: number): number }>(
        `proximity://${address}/maths`,
        { via: gateway.host },
      );
      expect(await maths.add(40, 2)).toBe(42);
      expect(connectionState(maths).value).toMatchObject({
        name: "connected",
        address: `tcp://${address}`,
      });
    }
    expect(sshProcesses()).toBe(0);
    await expect(
      daemon.listen("proximity://0.0.0.0:0", { via: gateway.host }),
    ).rejects.toMatchObject({ code: "ERR_BAD_URL" });
    const ipc = connect("proximity+ipc:///run/lab.sock#maths", { via: gateway.host });
    await expect(ipc).rejects.toMatchObject({ code: "ERR_BAD_URI" });
  });

  it("is called again after the tunnel broke", async () => {
    await using gateway = await Sshd.start();
    await using relay = await Relay.to(gateway.port);
    await using daemon = new Daemon({ logger: SILENT });
    daemon.register("maths", { add: (x: number, y: number) => x + y }, { expose: /./ });
    const { address } = await daemon.listen("proximity://127.0.0.1:0");
    await using tunnel = await openTunnel(
      { ...gateway.host, port: relay.port },
      { logger: SILENT },
    );
    await using maths = await connect<{ add(x: number, y: number): number }>(
      `proximity://${address}/maths`,
      { via: tunnel },
    );
    expect(await maths.add(40, 2)).toBe(42);
    const lost = new Promise<void>((resolve) => {
      connectionState(maths).subscribe(({ name }) => name === "lost" && resolve());
    });
    relay.reset();
    await lost;
    // It waits for the way to be there again.
    expect(await maths.add(41, 1)).toBe(42);
  });

  it("may listen at the far end, where its callers are", async () => {
    await using gateway = await Sshd.start();
    {
      await using daemon = new Daemon({ logger: SILENT });
      daemon.register("maths", { add: (x: number, y: number) => x + y }, { expose: /./ });
      const { url } = await daemon.listen("proximity://localhost:0", { via: gateway.host });
      expect(url).toMatch(/^proximity:\/\/localhost:[1-9]\d*$/);
      // The far end is this machine, too.
      await using maths = await connect<{ add(x: number, y: number): number }>(`${url}/maths`);
      expect(await maths.add(40, 2)).toBe(42);
    }
    expect(sshProcesses()).toBe(0);
  });
});
