// A gateway that a test kills: node gateway-process.ts PORT ORIGIN

import { Daemon, SILENT } from "../../src/index.ts";
import { neighbour, PageLab } from "./lab.ts";

const [port, origin = ""] = process.argv.slice(2);
const daemon = new Daemon({ logger: SILENT });
daemon.register("lab", new PageLab());
daemon.register("neighbour", neighbour);
const { url } = await daemon.listen(`http://127.0.0.1:${port}`, { gateway: { origins: [origin] } });
console.log(`READY ${url}`);
// Standard input ends with the test that started us.
process.stdin.on("end", () => process.exit()).resume();
