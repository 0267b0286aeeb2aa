import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("diffie-hellman", { with: ["Pyro5", "Pyro4"] }, async (pairing) => {
  const { server, client, registered } = pairing;
  const ready = /PYRO:|Starting server loop/;
  await using exchange = await server.start("server", { ready });
  await registered("example.dh.keyexchange");
  const said = await client.run("client");
  if (client.author !== "Pyro5" && server.author !== "Pyro5") {
    expect(said).toMatch(/without the key: |Error occured \(expected!\)/);
    expect(said).toMatch(/with the key: message was|Got reply: message was/);
    await exchange.nextLine(/Got the message: hey/);
  }
  if (client.author === "Pyro4" || server.author === "Pyro4") return; // it prints no key
  const [, key] = /shared secret key = +([0-9a-f]{64})\n/.exec(said) ?? [];
  expect(exchange.stdout).toMatch(new RegExp(`shared secret key = +${key}`));
});
