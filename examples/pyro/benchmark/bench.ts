import { expose } from "#bunsen";

export class Bench {
  length(text: string): number {
    return text.length;
  }
  timestwo(value: number): number {
    return value * 2;
  }
  bigreply(): string {
    return "BIG REPLY".repeat(500);
  }
  bigarg(arg: string): number {
    return arg.length;
  }
  manyargs(...values: number[]): number {
    return values.reduce((sum, value) => sum + value, 0);
  }
  noreply(_arg: unknown): void {}
  varargs(...args: unknown[]): number {
    return args.length;
  }
  /** Python's `**args`: a last parameter that is destructured takes the keyword arguments. */
  keywords({ ...args }: Record<string, unknown> = {}): Record<string, unknown> {
    return args;
  }
  echo(...args: unknown[]): unknown[] {
    return args;
  }
  oneway(..._args: unknown[]): void {}
}
expose(Bench, {
  length: true,
  timestwo: true,
  bigreply: true,
  bigarg: true,
  manyargs: true,
  noreply: true,
  varargs: true,
  keywords: true,
  echo: true,
  oneway: { oneway: true },
});
