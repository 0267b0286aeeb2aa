import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing("diffie-hellman", {}, async ({ server, client }) => {
  await using exchange = await server.start("server");
  const said = await client.run("client");
  const [, key] = /shared secret key = +([0-9a-f]{64})\n/.exec(said) ?? [];
  expect(key).toBeDefined();
  await exchange.nextLine(new RegExp(`shared secret key = +${key}`));
});
