// Bunsen's manager, on a free port.

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Manager } from "../../src/msl/index.ts";
import { say } from "../lines.ts";

const home = mkdtempSync(join(tmpdir(), "bunsen-bench-"));
const { port } = await Manager.start({ port: 0, disableTls: true, home });
say({ value: port });
