import { writeFileSync } from "node:fs";
import type { Reporter, SerializedError, TestModule } from "vitest/node";

/** Counts tests into the file that BUNSEN_TALLY names; scripts/run.mjs closes the run with the counts. */
export class Tally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const file = process.env["BUNSEN_TALLY"];
    if (!file) return;
    const counts = { passed: 0, failed: unhandled.length, skipped: 0, again: [] as string[] };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state === "passed" || state === "failed" ? state : "skipped"]++;
        if (test.diagnostic()?.flaky)
          counts.again.push(`${module.relativeModuleId}: ${test.fullName}`);
      }
      // A file that cannot be loaded, or a hook that throws, is a failure that no test counts.
      counts.failed += module.errors().length;
      for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
    }
    writeFileSync(file, JSON.stringify(counts));
  }
}
