// Vitest runs this before each test file: no test of any suite leaves sockets, timers or processes behind, and none sees
// what its developer has set for Pyro or Bunsen, which the library would honour.

import { checkLeaksOfFile } from "./leaks.ts";

/** What tests themselves are told by. */
const OURS = /^BUNSEN_(TALLY|SOURCES|WRITE)/;

for (const name of Object.keys(process.env)) {
  if (/^(BUNSEN|PYRO)_/.test(name) && !OURS.test(name)) delete process.env[name];
}

checkLeaksOfFile();
