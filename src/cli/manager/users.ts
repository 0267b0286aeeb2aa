import type { Command } from "commander";
import { jsonOption, newCommand } from "../command.ts";
import { readPassword } from "../passwords.ts";
import { printTable } from "../table.ts";
import { UsageError } from "../usage-error.ts";
import { addDatabaseOption, type DatabaseOptions, openDatabase } from "./database.ts";

interface UserOptions extends DatabaseOptions {
  readonly admin?: boolean;
  /** A file; true without one. */
  readonly password?: string | true;
  readonly json?: boolean;
}

export function users(): Command {
  const command = newCommand("users", {
    summary: "who may log in at a manager with --auth-login",
    description: `Keeps the users that may log in at a manager. A manager that runs sees changes at once. Passwords are asked for, or
come from a file or from BUNSEN_USER_PASSWORD: a command line can be read by others.`,
    examples: [
      "bunsen manager users add alice --admin",
      "bunsen manager users update alice --password new-password.txt",
      "bunsen manager users list",
    ],
    exits: "0 done, 1 there is (or is not) such a user, or the file is broken, 2 wrong usage",
  });
  for (const make of [add, update, remove, list]) command.addCommand(make());
  return command;
}

function add(): Command {
  return subcommand("add", "let somebody log in", "bunsen manager users add bob")
    .alias("insert")
    .argument("<name>")
    .option("-a, --admin", "may send admin requests, such as shutdown_manager")
    .option("-p, --password [file]", "the password is the first line of the file")
    .action(async (name: string, options: UserOptions) => {
      using database = await openDatabase(options);
      const password = await passwordOf(name, options.password);
      await database.users.add(name, password, { isAdmin: options.admin ?? false });
      console.log(`${name} has been added`);
    });
}

function update(): Command {
  return subcommand(
    "update",
    "change a password or the rights",
    "bunsen manager users update bob --admin",
  )
    .argument("<name>")
    .option("-a, --admin", "may send admin requests")
    .option("--no-admin", "may not")
    .option("-p, --password [file]", "a new password: the first line of the file")
    .action(async (name: string, options: UserOptions) => {
      const { admin, password } = options;
      if (admin === undefined && password === undefined) {
        throw new UsageError("expected what to change: --admin, --no-admin or --password");
      }
      using database = await openDatabase(options);
      await database.users.update(name, {
        isAdmin: admin,
        password: password && (await passwordOf(name, password)),
      });
      console.log(`Updated ${name}`);
    });
}

function remove(): Command {
  return subcommand("remove", "let somebody log in no more", "bunsen manager users remove bob")
    .alias("delete")
    .argument("<name>")
    .action(async (name: string, options: UserOptions) => {
      using database = await openDatabase(options);
      database.users.remove(name);
      console.log(`${name} has been removed`);
    });
}

function list(): Command {
  return subcommand("list", "show the users", "bunsen manager users list --json")
    .addOption(jsonOption())
    .action(async (options: UserOptions) => {
      using database = await openDatabase(options);
      const found = database.users.list();
      if (options.json) console.log(JSON.stringify(found));
      else if (found.length === 0) console.error("There are no users in the database");
      else
        printTable(
          ["name", "admin"],
          found.map(({ name, isAdmin }) => [name, isAdmin ? "yes" : "no"]),
        );
    });
}

function subcommand(name: string, summary: string, example: string): Command {
  return addDatabaseOption(newCommand(name, { summary, examples: [example] }));
}

function passwordOf(name: string, file: string | true | undefined): Promise<string> {
  return readPassword({
    file,
    option: "--password",
    variable: "BUNSEN_USER_PASSWORD",
    question: `Password of ${name}`,
  });
}
