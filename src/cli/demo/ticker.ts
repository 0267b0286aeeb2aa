import { everyone, type ServedTicker, ticker } from "../../models/index.ts";
import { numberWithin } from "./checks.ts";
import type { Random } from "./random.ts";

/** The state of the demo's ticker, beside its clock. */
interface Quotation {
  /** In coins. */
  price: number;
  /** Against the tick before. */
  change: number;
}

export type Ticker = ServedTicker<
  Quotation,
  Record<never, never>,
  { setPrice(price: number): void }
>;

/** A live model: a quotation that goes up and down with each tick, as long as it plays. Everybody may play and pause it. */
export function makeTicker(random: Random): Ticker {
  return ticker({
    doc: "A live model: a quotation that goes up and down with each tick, as long as it plays. Everybody may change it.",
    docs: {
      play: "Ticks now, and then each period.",
      pause: "Ticks no more.",
      tick: "Ticks once.",
      setPeriod: "Seconds from one tick to the next.",
      setPrice: "Sets the price, in coins: 0.01 to 1000000.",
      query: "The state as it is now.",
    },
    policy: everyone,
    state: { price: 100, change: 0 },
    tick() {
      const price = cents(this.price * Math.exp(0.01 * random.normal()));
      this.change = cents(price - this.price);
      this.price = price;
    },
    change: {
      setPrice(price: number) {
        const wanted = numberWithin("price", price, { from: 0.01, to: 1e6, unit: "coins" });
        this.change = cents(wanted - this.price);
        this.price = wanted;
      },
    },
  });
}

function cents(coins: number): number {
  return Math.round(coins * 100) / 100;
}
