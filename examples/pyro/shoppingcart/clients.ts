// Three customers, one of whom does not pay. Run: node clients.ts
import { randomInt } from "node:crypto";
import { connect } from "#bunsen";
import type { RemoteShop } from "./shopserver.ts";

await using shop = await connect<RemoteShop>("PYRONAME:example.shop");
await using harrysCart = await shop.enter("Harry");
await using sallysCart = await shop.enter("Sally");
await using shoplifterCart = await shop.enter("shoplifter");

const goods = Object.keys(await shop.goods());
for (const { name, cart, items } of [
  { name: "Harry", cart: harrysCart, items: 4 },
  { name: "Sally", cart: sallysCart, items: 5 },
  { name: "Shoplifter", cart: shoplifterCart, items: 3 },
]) {
  for (let i = 0; i < items; i++) {
    const item = goods[randomInt(goods.length)] ?? "";
    console.log(name, "takes", item);
    await cart.purchase(item); // straight into the cart, which is in the shop
  }
}
console.log("Customers currently in the shop:", await shop.customers());

// The cart is known there: a name is enough, or the cart itself.
console.log(await shop.payByName("Harry"));
console.log("Harry payed. The cart now contains:", await harrysCart.getContents());
console.log(await shop.payCart(sallysCart));
console.log("Sally payed. The cart now contains:", await sallysCart.getContents());

for (const name of ["Harry", "Sally", "shoplifter"]) {
  console.log(name, "is leaving.");
  await shop.leave(name).catch((error: Error) => console.log("prevented:", error.message));
}

console.log("Harry is attempting to put stuff back in his cart, which does no longer exist.");
await harrysCart
  .purchase("crap")
  .catch((error: Error) => console.log("it is gone:", error.message));
