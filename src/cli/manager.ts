import type { Command } from "commander";
import { newCommand } from "./command.ts";
import { certdump } from "./manager/certdump.ts";
import { certgen } from "./manager/certgen.ts";
import { hostnames } from "./manager/hostnames.ts";
import { keygen } from "./manager/keygen.ts";
import { start } from "./manager/start.ts";
import { users } from "./manager/users.ts";

export function command(): Command {
  const manager = newCommand("manager", {
    summary: "run a manager of MSL-Network, and keep its users, hosts and certificate",
    description: `Runs a manager of MSL-Network, for clients and services of the releases 0.5 and 1.x, and keeps its users, trusted
hosts, key and certificate. Files are where the Python package has them: in MSL_NETWORK_HOME, else ~/.msl/network.`,
    examples: [
      "bunsen manager start",
      "bunsen manager users add alice --admin",
      "bunsen manager start --auth-login --port 1876",
    ],
  });
  for (const make of [start, users, hostnames, keygen, certgen, certdump])
    manager.addCommand(make());
  return manager;
}
