import { defineConfig, type ViteUserConfig } from "vitest/config";
import { Tally } from "./scripts/tally.ts";

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    setupFiles: ["test/support/every-suite.ts"],
    watch: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Tests with programs of others meet what the machine does beside them. A second try is told (scripts/tally.ts), so
    // that a test that needs it often is seen; by hand there is none.
    retry: process.env["CI"] ? 1 : 0,
    // What is waited for comes; on a machine that is busy it takes its time.
    expect: { poll: { timeout: 20_000 } },
    reporters: ["default", new Tally()],
  },
});

export default config;
