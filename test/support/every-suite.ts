// Vitest runs this before each test file: no test of any suite leaves sockets, timers or processes behind.

import { checkLeaksOfFile } from "./leaks.ts";

checkLeaksOfFile();
