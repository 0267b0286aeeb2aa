import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

// In real time: what a server calls silence is.
eachPairing("autoretry", { hurry: 1 }, async ({ server, client }) => {
  await using calc = await server.start("server", { ready: /PYRO:/ });
  const said = await client.run("client");
  if (client.original) {
    expect(said).toMatch(/Got exception .*ConnectionClosedError/);
  } else {
    expect(said).toContain("the connection is lost\n2 + 2 = 4\n3 + 3 = 6\n");
  }
  await calc.nextLine(/calling add: 3, 3/);
});
