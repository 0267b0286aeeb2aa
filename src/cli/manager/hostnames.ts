import type { Command } from "commander";
import { jsonOption, newCommand } from "../command.ts";
import { addDatabaseOption, type DatabaseOptions, openDatabase } from "./database.ts";

interface HostnameOptions extends DatabaseOptions {
  readonly json?: boolean;
}

export function hostnames(): Command {
  const command = newCommand("hostnames", {
    summary: "which hosts may connect to a manager with --auth-hostname",
    description: `Keeps the hosts that may connect. A host is called by the first part of its name, as the manager looks it up, or by
its address where it has no name. An empty list is filled with the names of this computer.`,
    examples: ["bunsen manager hostnames add raspberrypi", "bunsen manager hostnames list"],
    exits: "0 done, 1 there is no such host, or the file is broken, 2 wrong usage",
  });
  for (const make of [add, remove, list]) command.addCommand(make());
  return command;
}

function add(): Command {
  return subcommand("add", "let hosts connect", "bunsen manager hostnames add raspberrypi lab1")
    .alias("insert")
    .argument("<names...>")
    .action(async (names: string[], options: HostnameOptions) => {
      using database = await openDatabase(options);
      for (const name of names) {
        database.trustedHosts.add(name);
        console.log(`Added ${name}`);
      }
    });
}

function remove(): Command {
  return subcommand("remove", "let hosts connect no more", "bunsen manager hostnames remove lab1")
    .alias("delete")
    .argument("<names...>")
    .action(async (names: string[], options: HostnameOptions) => {
      using database = await openDatabase(options);
      for (const name of names) {
        database.trustedHosts.remove(name);
        console.log(`Removed ${name}`);
      }
    });
}

function list(): Command {
  return subcommand("list", "show the hosts", "bunsen manager hostnames list --json")
    .addOption(jsonOption())
    .action(async (options: HostnameOptions) => {
      using database = await openDatabase(options);
      const found = database.trustedHosts.list();
      console.log(options.json ? JSON.stringify(found) : found.join("\n"));
    });
}

function subcommand(name: string, summary: string, example: string): Command {
  return addDatabaseOption(newCommand(name, { summary, examples: [example] }));
}
