import type { Command } from "commander";
import { NamingError } from "../errors.ts";
import type {
  NameEvent,
  NameRecord,
  NameServerClient,
  NameServerStatistics,
} from "../names/index.ts";
import { collect, jsonOption, newCommand } from "./command.ts";
import { addCallerOptions, type ConnectingOptions, nameServer } from "./connecting.ts";
import { warn } from "./report.ts";
import { printTable } from "./table.ts";
import { signalAborts } from "./until-signal.ts";
import { UsageError } from "./usage-error.ts";

interface NamesOptions extends ConnectingOptions {
  readonly json?: boolean;
}

export function command(): Command {
  const names = newCommand("names", {
    summary: "look at a name server and change it",
    examples: [
      "bunsen names list lab.",
      "bunsen names register lab.scope PYRO:scope@10.0.0.5:9999 --tag cold",
      "bunsen names watch --ns 10.0.0.2:9090",
    ],
  });
  for (const make of [list, lookup, register, remove, find, setMetadata, ping, stats, watch]) {
    names.addCommand(make());
  }
  return names;
}

function list(): Command {
  return subcommand("list", "the names, or those that start with a prefix", [
    "bunsen names list",
    "bunsen names list --regex '.*scope' --json",
  ])
    .argument("[prefix]")
    .option("--regex <regex>", "names whose start matches, as Python's re.match")
    .action((prefix: string | undefined, options: NamesOptions & { regex?: string }) =>
      withNames(options, async (names) => {
        const { regex } = options;
        if (prefix !== undefined && regex !== undefined) {
          throw new UsageError("expected a prefix or --regex, got both");
        }
        const filter = regex !== undefined ? { regex } : prefix !== undefined ? { prefix } : {};
        printNames(await names.listWithMetadata(filter), options);
      }),
    );
}

function lookup(): Command {
  return subcommand("lookup", "the URI that a name stands for", [
    "bunsen names lookup lab.scope",
    "bunsen names lookup lab.scope --json",
  ])
    .argument("<name>")
    .option("--metadata", "print the tags too, one a line")
    .action((name: string, options: NamesOptions & { metadata?: boolean }) =>
      withNames(options, async (names) => {
        const { uri, metadata } = await names.lookupWithMetadata(name);
        const tags = [...metadata].sort();
        if (options.json) print({ name, uri: `${uri}`, metadata: tags });
        else console.log([`${uri}`, ...(options.metadata ? tags : [])].join("\n"));
      }),
    );
}

function register(): Command {
  return subcommand("register", "make a name stand for a URI", [
    "bunsen names register lab.scope PYRO:scope@10.0.0.5:9999 --tag cold --tag old",
  ])
    .argument("<name>")
    .argument("<uri>")
    .option("--tag <tag>", "a tag to find it by; may be repeated", collect)
    .option("--safe", "fail if the name stands for something already")
    .action(
      (name: string, uri: string, options: NamesOptions & { tag?: string[]; safe?: boolean }) =>
        withNames(options, async (names) => {
          const { tag, safe = false } = options;
          await names.register(name, uri, tag ? { safe, metadata: tag } : { safe });
          if (options.json) print({ name, uri, metadata: tag ?? [] });
          else console.log(`registered ${name}`);
        }),
    );
}

function remove(): Command {
  return subcommand("remove", "remove names; says how many it were", [
    "bunsen names remove lab.scope",
    "bunsen names remove --prefix lab.",
  ])
    .argument("[name]")
    .option("--prefix <prefix>", "all that start so")
    .option("--regex <regex>", "all whose start matches")
    .action(
      (name: string | undefined, options: NamesOptions & { prefix?: string; regex?: string }) =>
        withNames(options, async (names) => {
          const { prefix, regex } = options;
          if ([name, prefix, regex].filter((value) => value !== undefined).length !== 1) {
            throw new UsageError("expected one of a name, --prefix and --regex");
          }
          const removed = await removeWhat(names, { name, prefix, regex });
          if (options.json) print({ removed });
          else console.log(`removed ${removed}`);
          if (removed === 0 && name !== undefined) throw nothingRemoved(name);
        }),
    );
}

async function removeWhat(
  names: NameServerClient,
  what: { name: string | undefined; prefix: string | undefined; regex: string | undefined },
): Promise<number> {
  if (what.name !== undefined) return (await names.remove(what.name)) ? 1 : 0;
  return await names.removeMatching(
    what.prefix !== undefined ? { prefix: what.prefix } : { regex: what.regex as string },
  );
}

function nothingRemoved(name: string): NamingError {
  const advice = `"bunsen names list" shows those there are (the name server's own is never removed)`;
  return new NamingError(
    "ERR_NAME_UNKNOWN",
    `no name ${JSON.stringify(name)} to remove; ${advice}`,
  );
}

function find(): Command {
  return subcommand("find", "names that have all of some tags", [
    "bunsen names find cold",
    "bunsen names find --any cold old",
  ])
    .argument("<tags...>")
    .option("--any", "names that have any of them")
    .action((tags: string[], options: NamesOptions & { any?: boolean }) =>
      withNames(options, async (names) =>
        printNames(await names.find(options.any ? { any: tags } : { all: tags }), options),
      ),
    );
}

function setMetadata(): Command {
  return subcommand("set-metadata", "replace the tags of a name; without tags, clear them", [
    "bunsen names set-metadata lab.scope cold new",
  ])
    .argument("<name>")
    .argument("[tags...]")
    .action((name: string, tags: string[], options: NamesOptions) =>
      withNames(options, async (names) => {
        await names.setMetadata(name, tags);
        if (options.json) print({ name, metadata: tags });
        else console.log(tags.length > 0 ? `${name}: ${tags.join(", ")}` : `${name}: no tags`);
      }),
    );
}

function ping(): Command {
  return subcommand("ping", "check that the name server answers", [
    "bunsen names ping && echo up",
  ]).action((options: NamesOptions) =>
    withNames(options, async (names) => {
      const start = performance.now();
      await names.ping();
      const ms = Math.round((performance.now() - start) * 100) / 100;
      if (options.json) print({ uri: names.uri, ms });
      else console.log(`${names.uri} answers (${ms} ms)`);
    }),
  );
}

function stats(): Command {
  return subcommand("stats", "what the name server has, and did since it was started", [
    "bunsen names stats",
    "bunsen names stats --json",
  ]).action((options: NamesOptions) =>
    withNames(options, async (names) => {
      const found = await names.statistics();
      if (options.json) print(found);
      else {
        const rows = Object.entries(STATISTICS).map(([key, label]) => [
          label,
          `${found[key as keyof typeof found]}`,
        ]);
        printTable(["", names.uri], rows);
      }
    }),
  );
}

const STATISTICS = {
  since: "since",
  names: "names",
  lookups: "lookups",
  failedLookups: "of unknown names",
  registrations: "registrations",
  removals: "removals",
  autoCleaned: "by auto-clean",
  watchers: "watching now",
} as const satisfies Record<keyof NameServerStatistics, string>;

function watch(): Command {
  return subcommand("watch", "print what changes, until Ctrl-C", [
    "bunsen names watch lab.",
    "bunsen names watch --json | jq .name",
  ])
    .argument("[prefix]")
    .action((prefix: string | undefined, options: NamesOptions) =>
      withNames(options, async (names) => {
        using stop = signalAborts();
        // The connection is what the watch waits on: closing it ends the wait.
        stop.signal.addEventListener("abort", () => void names.close());
        try {
          for await (const event of names.watch(prefix === undefined ? {} : { prefix })) {
            if (stop.signal.aborted) break;
            printEvent(event, options);
          }
        } catch (error) {
          if (!stop.signal.aborted) throw error;
        }
      }),
    );
}

function subcommand(name: string, summary: string, examples: readonly string[]): Command {
  const command = newCommand(name, { summary, examples }).addOption(jsonOption());
  return addCallerOptions(command);
}

async function withNames(
  options: NamesOptions,
  use: (names: NameServerClient) => Promise<unknown>,
): Promise<void> {
  const names = await nameServer(options);
  try {
    await use(names);
  } finally {
    await names.close();
  }
}

function printNames(records: readonly NameRecord[], { json }: NamesOptions): void {
  const sorted = [...records].sort((a, b) => (a.name < b.name ? -1 : 1));
  if (json) {
    print(sorted.map(({ name, uri, metadata }) => ({ name, uri, metadata })));
    return;
  }
  if (sorted.length === 0) {
    warn("no such names");
    return;
  }
  printTable(
    ["name", "URI", "tags"],
    sorted.map(({ name, uri, metadata }) => [name, uri, metadata.join(", ")]),
  );
}

/** `=` was there, `+` is new or moved, `~` has other tags, `-` is gone. */
function printEvent(event: NameEvent, { json }: NamesOptions): void {
  if (json) {
    print(event);
    return;
  }
  const records = event.kind === "snapshot" ? event.names : [event];
  const mark = { snapshot: "=", registered: "+", metadata: "~", removed: "-" }[event.kind];
  for (const { name, uri, metadata } of records) {
    console.log(
      [mark, name, uri, metadata.length > 0 ? `[${metadata.join(", ")}]` : ""].join(" ").trimEnd(),
    );
  }
}

function print(value: unknown): void {
  console.log(JSON.stringify(value));
}
