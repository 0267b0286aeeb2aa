import { expect } from "vitest";
import { eachPairing, startEchoServer } from "../pairings.ts";

eachPairing("maxsize", { with: ["Pyro5", "Pyro4"] }, async ({ server, client }) => {
  await using echo = await startEchoServer(server.author);
  await using caller = await client.start("client", { answers: [`${echo.ready}`], ready: /./ });
  const { code } = await caller.exit();
  if (client.original) {
    expect(caller.stdout).toContain("success.\n");
    // That of Pyro5 waits for another class than Pyro5 raises, and ends with the error.
    expect(code).toBe(client.author === "Pyro5" ? 1 : 0);
    expect(caller.stdout + caller.stderr).toMatch(/max.*2500/);
  } else {
    expect(code).toBe(0);
    expect(caller.stdout).toMatch(/10000 numbers\nrefused, .*2500.*\n.*goes on: hello\n/);
  }
});
