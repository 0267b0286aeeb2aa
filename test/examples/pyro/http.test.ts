import { describe, expect } from "vitest";
import { SILENT, startNameServer } from "../../../src/index.ts";
import { checkLeaks } from "../../support/leaks.ts";
import { freePort } from "../../support/ports.ts";
import { startProcess } from "../../support/process.ts";
import { interpreter, itWith, Programs, startEchoServer } from "../pairings.ts";

describe("examples/pyro/http", () => {
  checkLeaks();

  itWith("Pyro5")("our client with Pyro5's gateway", async () => {
    await using names = await startNameServer({ port: 0, broadcastPort: false, logger: SILENT });
    const { location } = names.uri;
    const env = { PYRO_NS_PORT: location.kind === "tcp" ? `${location.port}` : "", HURRY: "20" };
    await using _echo = await startEchoServer("Bunsen", env);
    const port = `${await freePort()}`;
    const gateway = [
      "-m",
      "Pyro5.utils.httpgateway",
      "-p",
      port,
      "-e",
      "Pyro\\.NameServer|test\\.",
    ];
    await using _gateway = await startProcess(interpreter, ["-u", ...gateway], {
      env,
      ready: /Pyro HTTP gateway running|listening|http/i,
    });
    const client = new Programs("Bunsen", "http", env);
    const said = await client.run("client", { args: [`http://localhost:${port}`] });
    expect(said).toMatch(/LIST \{[\s\S]*'test\.echoserver': 'PYRO:test\.echoserver@/);
    expect(said).toMatch(/META \[[\s\S]*'methods'/);
    expect(said).toMatch(/LOOKUP \{\n.*'Pyro5\.core\.URI',\n.*'test\.echoserver'/);
    expect(said).toContain("ECHO hello\nONEWAY_SLOW null\nSLOW Finally, an answer!\n");
    expect(said).toMatch(/ERROR .* answered 500: .*ValueError/);
  });
});
