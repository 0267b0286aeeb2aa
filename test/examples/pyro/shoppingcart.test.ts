import { expect } from "vitest";
import { eachPairing } from "../pairings.ts";

eachPairing(
  "shoppingcart",
  { with: ["Pyro5", "Pyro4"] },
  async ({ server, client, registered }) => {
    await using shop = await server.start("shopserver");
    await registered("example.shop");
    await using shoppers = await client.start("clients", { ready: /takes|buys/ });
    const { code } = await shoppers.exit();
    const said = shoppers.stdout;
    expect(said.match(/(takes|buys) \w+\n/g)).toHaveLength(4 + 5 + 3);
    expect(said).toMatch(/Harry payed. The cart now contains: \[\]/);
    expect(said).toMatch(/Sally payed. The cart now contains: \[\]/);
    expect(said).toMatch(/Receipt for Harry\.\nReceipt Date: .*\n( +\w+ {2}\d+\.\d\d\n){4}/);
    expect(said.match(/ total: {2}\d+\.\d\d\n/g)).toHaveLength(2);
    expect(said).toMatch(/attempt to steal a full cart prevented/);
    if (client.original)
      expect(shoppers.stderr).toMatch(/unknown object/); // which ends it
    else expect(said).toMatch(/it is gone: .*\n$/);
    expect(code).toBe(client.original ? 1 : 0);
    await shop.nextLine(/they are trying to shoplift!/);
  },
);
