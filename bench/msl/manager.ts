// Bunsen's manager, on a free port.

import { Manager } from "../../src/msl/index.ts";
import { say } from "../lines.ts";

const { port } = await Manager.start({ port: 0, disableTls: true, database: ":memory:" });
say({ value: port });
