// The ticker of the original as a model: what it gives, and under which names, is what its Python clients expect.
// In a project of your own, import from "bunsen" and "bunsen/models".
import { tuple } from "#bunsen";
import { type ServedTicker, type TickerOptions, ticker } from "#bunsen/models";

type SimpleTicker = ServedTicker<
  { value: number },
  { query(): readonly unknown[]; getValue(): number },
  { setValue(newValue?: number): void }
>;

/** A value that grows by one with each tick. */
export function simpleTicker(options: TickerOptions = {}): SimpleTicker {
  return ticker({
    ...options,
    state: { value: 0 },
    tick() {
      this.value += 1;
    },
    read: {
      query() {
        const { period, "playing?": playing, tickNo } = this;
        return tuple<unknown>({ period, "playing?": playing, tickNo }, "Value:", this.value);
      },
      getValue() {
        return this.value;
      },
    },
    change: {
      setValue(newValue = 0) {
        this.value = newValue;
      },
    },
  });
}
