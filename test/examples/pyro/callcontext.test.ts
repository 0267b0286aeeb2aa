import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("callcontext", { with: ["Pyro5", "Pyro4"] }, async ({ server, client }) => {
  // Pyro4's original has a key.
  const pyro4 = server.author === "Pyro4" || client.author === "Pyro4";
  const env = pyro4 ? { HMAC_KEY: "secr3t_k3y" } : {};
  await using echo = await server.start("server", { env });
  const said = await client.run("client", { answers: [`${echo.ready}`], input: [""], env });
  expect(said).toMatch(/DDAA'?( ->|:) .*custom response annotation/);
  const [, correlationId] = /correlation id(?: set to)?: (\S+)/.exec(said) ?? [];
  await echo.nextLine(new RegExp(`correlation[_ ]id: ${correlationId}`));
  await echo.nextLine(/XYZZ'?: .*custom annotation from/);
  await echo.nextLine(/Got [Mm]essage: hi there ONEWAY/);
  if (pyro4 && !server.original) expect(echo.stdout).toContain("identity: owner of the key");
});
