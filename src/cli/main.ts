#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Most of what a short command takes is reading code: Node keeps the result, in the system's temporary folder.
enableCompileCache();
const { run } = await import("./program.ts");

// Whoever reads our output may stop reading (`bunsen names watch | head -1`): that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : 1);
});

const code = await run(process.argv.slice(2));
process.exitCode = code;
// What failed may have left something open: a module that was to be served, with timers of its own. What succeeded
// ends by itself, when its last bytes are on their way.
if (code !== 0) process.stdout.write("", () => process.exit(code));
