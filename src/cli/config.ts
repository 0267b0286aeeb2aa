import type { Command } from "commander";
import {
  type EffectiveSetting,
  effectiveSettings,
  ignoredVariables,
  processEnvironment,
} from "../settings/environment.ts";
import { jsonOption, newCommand } from "./command.ts";
import { warn } from "./report.ts";
import { printTable } from "./table.ts";

export function command(): Command {
  return newCommand("config", {
    summary: "show the defaults, and where they come from",
    description:
      "Shows what holds where no option says otherwise: BUNSEN_… of the environment, else PYRO_… of it, else the default. The variables that mean nothing here are told on standard error.",
    examples: ["bunsen config", "PYRO_NS_HOST=lab.example bunsen config --json"],
    exits: "0 done, 2 the environment holds something that cannot be read",
  })
    .addOption(jsonOption())
    .action(({ json }: { json?: boolean }) => {
      const env = processEnvironment();
      const settings = effectiveSettings(env);
      if (json) console.log(JSON.stringify(settings, undefined, 2));
      else printTable(["setting", "value", "from", "what"], settings.map(row));
      for (const { variable, reason } of ignoredVariables(env)) {
        warn(`${variable} changes nothing here: ${reason}`);
      }
    });
}

function row({ name, value, from, meaning }: EffectiveSetting): string[] {
  return [name, Array.isArray(value) ? value.join(", ") : `${value}`, from, meaning];
}
