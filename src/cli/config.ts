import type { Command } from "commander";
import { jsonOption, newCommand } from "./command.ts";
import { effectiveSettings } from "./settings.ts";
import { printTable } from "./table.ts";

export function command(): Command {
  return newCommand("config", {
    summary: "show the defaults, and where they come from",
    description:
      "Shows what holds where no option says otherwise: BUNSEN_… of the environment, else PYRO_… of it, else the default.",
    examples: ["bunsen config", "PYRO_NS_HOST=lab.example bunsen config --json"],
    exits: "0 done, 2 the environment holds something that cannot be read",
  })
    .addOption(jsonOption())
    .action(({ json }: { json?: boolean }) => {
      const settings = effectiveSettings();
      if (json) console.log(JSON.stringify(settings, undefined, 2));
      else {
        printTable(
          ["setting", "value", "from", "what"],
          settings.map(({ name, value, from, unit, meaning }) => [
            name,
            `${value}`,
            from,
            unit === "" ? meaning : `${unit} ${meaning}`,
          ]),
        );
      }
    });
}
