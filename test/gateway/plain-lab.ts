import { callContext, expose } from "../../src/index.ts";

/** What every way through a gateway is tried with; each test file adds what it alone needs. */
export class PlainLab {
  setpoint = 20;
  left = 0;
  /** Adds. */
  add(a: number, b: number): number {
    return a + b;
  }
  echo(value: unknown): unknown {
    return value;
  }
  fail(): never {
    throw new RangeError("on purpose");
  }
  async *count(to: number): AsyncGenerator<number> {
    try {
      for (let i = 0; i < to; i++) yield i;
    } finally {
      this.left += 1;
    }
  }
  async wait(): Promise<void> {
    const { signal } = callContext();
    await new Promise((resolve) => signal?.addEventListener("abort", resolve));
    this.left += 1;
  }
  async each(values: number[], tell: (value: number) => unknown): Promise<unknown[]> {
    const told: unknown[] = [];
    for (const value of values) told.push(await tell(value));
    return told;
  }
}
expose(PlainLab, {
  setpoint: true,
  add: true,
  echo: true,
  fail: true,
  count: true,
  wait: true,
  each: true,
});
