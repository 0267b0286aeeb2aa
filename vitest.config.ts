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
    reporters: ["default", new Tally()],
  },
});

export default config;
