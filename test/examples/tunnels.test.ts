import { afterAll, beforeAll, expect, it } from "vitest";
import { squareThere } from "../../examples/tunnels/client.ts";
import { offer } from "../../examples/tunnels/server.ts";
import { type RunningNameServer, startNameServer } from "../../src/index.ts";
import { SILENT } from "../../src/log.ts";
import { checkLeaks } from "../support/leaks.ts";
import { itWithPython, runPython, spawnPython } from "../support/python.ts";
import { countSshProcesses, describeWithSshd, Sshd } from "../support/sshd.ts";

const python = (name: string) => new URL(`../../examples/tunnels/${name}`, import.meta.url);

describeWithSshd("examples/tunnels", () => {
  checkLeaks();
  const processes = countSshProcesses();
  let crux: Sshd;
  let names: RunningNameServer;
  let port: number;

  beforeAll(async () => {
    crux = await Sshd.start();
    names = await startNameServer({ port: 0, broadcastPort: false, logger: SILENT });
    port = names.uri.location.kind === "tcp" ? names.uri.location.port : 0;
  });
  afterAll(async () => {
    await names.close();
    await crux[Symbol.asyncDispose]();
  });

  it("our server is called from there and from here, and leaves nothing there", async () => {
    const daemon = await offer(crux.host, port);
    expect(await squareThere(crux.host, port, 3)).toBe(9);
    await daemon.close();
    expect(await names.names.list()).not.toHaveProperty("BasicServer");
    await expect.poll(processes).toBe(0);
  });

  itWithPython("our server is called by Pyro4 from there", async () => {
    await using _daemon = await offer(crux.host, port);
    expect(await runPython(python("client4.py"), [String(port)])).toBe("4\n");
  });

  itWithPython("our client calls Pyro4's server there", async () => {
    await using _server = await spawnPython(python("basic_server.py"), [String(port)], {
      ready: /^ready/,
    });
    expect(await squareThere(crux.host, port, 4)).toBe(16);
  });
});
