import type { Logger } from "../../src/index.ts";

/** Keeps what it is warned of. */
export class Warnings implements Logger {
  readonly warnings: string[] = [];
  debug(): void {}
  info(): void {}
  warn(_: object, message: string): void {
    this.warnings.push(message);
  }
  error(): void {}
}
