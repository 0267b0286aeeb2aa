import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("handshake", { with: ["Pyro5", "Pyro4"] }, async ({ server, client }) => {
  await using daemon = await server.start("server");
  const said = await client.run("client", { answers: [`${daemon.ready}`, "pancakes"] });
  expect(said).toMatch(/handshake response data: .*how.*are.*you.*doing/);
  expect(said).toContain("Connection ok!");
  await daemon.nextLine(/client disconnects/);

  const answers = [`${daemon.ready}`, "waffles"];
  await using refused = await client.start("client", { answers, ready: /connecting/ });
  expect(await refused.exit()).toEqual({ code: 1, signal: null });
  expect(refused.stderr).toContain("wrong secret code, connection refused");
  await daemon.nextLine(/Secret code wrong!/);
});
