import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("proxysharing", { with: ["Pyro4"], hurry: 20 }, async (pairing) => {
  const { server, client, registered } = pairing;
  await using _working = await server.start("server");
  await registered("example.proxysharing");
  const said = await client.run("client");
  expect(said).not.toMatch(/Exception in thread/);
  expect(said).toMatch(/\nDone\.\n/);
  const [shared = 0, own = 0] = [...said.matchAll(/--> work done on the server: (\d+)/g)].map(
    ([, work]) => Number(work),
  );
  expect(shared).toBeGreaterThan(0);
  // Where the peers take the calls of one connection in turn, more connections do more.
  if (client.original || server.original) expect(own).toBeGreaterThan(shared);
  else expect(own).toBeGreaterThan(0);
});
