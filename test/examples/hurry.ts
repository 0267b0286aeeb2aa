// Loaded before an example: `setTimeout` of node:timers/promises is shorter by the factor HURRY of the environment.
// Bunsen's own deadlines use other timers, and keep their time. And it ends with the test that started it.

import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers/promises";

const hurry = Number(process.env["HURRY"] ?? 1);
const { setTimeout } = timers;
timers.setTimeout = (ms, ...rest) => setTimeout(ms === undefined ? ms : ms / hurry, ...rest);
syncBuiltinESMExports();

const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(1), 1000).unref();
