// A shop whose carts stay in it: customers get proxies of them. Needs a name server. Run: node shopserver.ts
import { type Callback, Daemon, expose, type Remote } from "#bunsen";
import { ShoppingCart } from "./shoppingcart.ts";

const INVENTORY = new Map([
  ["paper", 1.25],
  ["bread", 1.5],
  ["meat", 5.99],
  ["milk", 0.8],
  ["fruit", 2.65],
  ["chocolate", 3.99],
  ["pasta", 0.5],
  ["sauce", 1.2],
  ["vegetables", 1.4],
  ["cookies", 1.99],
  ["pizza", 3.6],
  ["shampoo", 2.22],
  ["whiskey", 24.99],
]);

const daemon = new Daemon();

class Shop {
  readonly #customers = new Map<string, ShoppingCart>();

  enter(name: string): ShoppingCart {
    console.log(`Customer ${name} enters the store and takes a shopping cart.`);
    const cart = new ShoppingCart();
    this.#customers.set(name, cart);
    daemon.register(crypto.randomUUID(), cart); // what is registered is returned as a proxy
    return cart;
  }

  customers(): string[] {
    return [...this.#customers.keys()];
  }

  goods(): Record<string, number> {
    return Object.fromEntries(INVENTORY);
  }

  async payByName(name: string): Promise<string> {
    console.log(`Customer ${name} goes to the counter to pay.`);
    return `Receipt for ${name}.\n${await this.payCart(this.#cartOf(name))}`;
  }

  /** @param cart - One of ours, or what a customer handed over: a proxy of one. */
  async payCart(cart: Callback<ShoppingCart>): Promise<string> {
    const prices = (await cart.getContents()).map(
      (item) => [item, INVENTORY.get(item) ?? 0] as const,
    );
    const total = prices.reduce((sum, [, price]) => sum + price, 0);
    await cart.empty();
    return [
      `Receipt Date: ${new Date().toString()}`,
      ...[...prices, ["total:", total] as const].map(line),
    ].join("\n");
  }

  leave(name: string): void {
    console.log(`Customer ${name} leaves.`);
    const cart = this.#cartOf(name);
    console.log("  their shopping cart contains:", cart.getContents());
    if (cart.getContents().length > 0) {
      console.log("  it is not empty, they are trying to shoplift!");
      throw new Error("attempt to steal a full cart prevented");
    }
    this.#customers.delete(name);
    daemon.unregister(cart);
  }

  #cartOf(name: string): ShoppingCart {
    const cart = this.#customers.get(name);
    if (!cart) throw new RangeError(`there is no customer ${name} in the store`);
    return cart;
  }
}
expose(Shop, {
  enter: true,
  customers: true,
  goods: true,
  payByName: true,
  payCart: true,
  leave: true,
});

/** The shop as its customers see it. */
export interface RemoteShop {
  enter(name: string): Remote<ShoppingCart>;
  customers(): string[];
  goods(): Record<string, number>;
  payByName(name: string): string;
  payCart(cart: Remote<ShoppingCart>): string;
  leave(name: string): void;
}

function line([item, price]: readonly [string, number]): string {
  return `${item.padStart(13)}  ${price.toFixed(2)}`;
}

await daemon.listen("pyro://localhost:0");
daemon.register("shop", new Shop());
await daemon.announce("shop", "example.shop");
console.log("ready", daemon.uriFor("shop"));
