import { expose } from "../../src/index.ts";
import { PlainLab } from "../gateway/plain-lab.ts";

/** What the pages call, here or in a process of its own. */
export class PageLab extends PlainLab {
  readonly listeners: ((value: number) => unknown)[] = [];
  told = 0;
  watch(listener: (value: number) => unknown): void {
    this.listeners.push(listener);
  }
  /** Calls those who watch; gives how many there are. */
  async tell(value: number): Promise<number> {
    for (const listener of this.listeners) await listener(value);
    return this.listeners.length;
  }
  async *ticks(): AsyncGenerator<number> {
    for (let i = 0; ; i++) {
      yield i;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  power(base: number, { exponent = 2 }: { exponent?: number } = {}): number {
    return base ** exponent;
  }
  kind(value: unknown): string {
    return value === null
      ? "null"
      : typeof value === "object"
        ? value.constructor.name
        : typeof value;
  }
  note(): void {
    this.told += 1;
  }
  /** Another object, registered by a name of its own. */
  neighbour(): PageLab {
    return neighbour;
  }
}
expose(PageLab, {
  watch: true,
  tell: true,
  ticks: true,
  power: true,
  kind: true,
  told: true,
  note: { oneway: true },
  neighbour: true,
});

export const neighbour: PageLab = new PageLab();
