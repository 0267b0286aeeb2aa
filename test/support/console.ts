import { beforeAll } from "vitest";
import { buildConsole } from "../../scripts/console-build.ts";

/** Call it at the top of a test file: gateways serve the console as the sources have it now. */
export function useConsole(): void {
  beforeAll(async () => {
    await buildConsole();
  }, 120_000);
}
