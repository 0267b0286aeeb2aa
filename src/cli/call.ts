import type { Command } from "commander";
import { assign, describe, release } from "../objects/index.ts";
import { jsonOption, newCommand } from "./command.ts";
import { addCallerOptions, type ConnectingOptions, connectTo, URI_FORMS } from "./connecting.ts";
import { inTime, invoke, isStream, kindOf, literalCount } from "./invoking.ts";
import { UsageError } from "./usage-error.ts";
import { parseArguments, parseValue, toJson, toText } from "./values.ts";

interface CallCommandOptions extends ConnectingOptions {
  readonly set?: string;
  readonly json?: boolean;
  readonly raw?: boolean;
}

export function command(): Command {
  const call = newCommand("call", {
    summary: "call a method, read or set an attribute",
    description: `Calls a method of a remote object, or reads an attribute (or sets it, with --set), and prints the result.
Arguments are JSON where they parse, else text; name=value is a keyword argument. Text that holds "=", or that JSON
would take for something else, goes in quotes ('"a=b"', '"42"'); after -- nothing is a keyword argument.
Streams are printed item by item.`,
    examples: [
      "bunsen call PYRONAME:demo.thermostat read 1",
      "bunsen call PYRONAME:demo.thermostat setpoint --set 21.5",
      "bunsen call PYRONAME:demo.thermostat samples count=3 --json",
      "bunsen call PYRONAME:demo.scope raw --raw > waveform.bin",
      "bunsen call PYRONAME:demo.echo echo -- a=b",
    ],
  })
    .argument("<uri>", URI_FORMS)
    .argument("<member>", "a method or an attribute")
    .argument("[args...]", "JSON or text; name=value for keyword arguments")
    .option("--set <value>", "set the attribute to this")
    .option("--raw", "write bytes (or text) as they are, without a newline")
    .option(
      "--serializer <name>",
      "serpent, json, marshal or msgpack (default: what suits the peer)",
    )
    .addOption(jsonOption("print JSON; of a stream one line an item"))
    .action(run);
  return addCallerOptions(call);
}

async function run(
  uri: string,
  member: string,
  texts: string[],
  options: CallCommandOptions,
  self: Command,
): Promise<void> {
  const { positional, keywords } = parseArguments(texts, literalCount(self));
  const proxy = await connectTo(uri, options);
  try {
    const kind = kindOf(proxy, member);
    if (options.set !== undefined) {
      if (kind === "method")
        throw new UsageError(`"${member}" is a method; --set is for attributes`);
      if (texts.length > 0) throw new UsageError("expected --set or arguments, got both");
      await assign(proxy, { [member]: parseValue(options.set) });
      return;
    }
    if (kind === "attribute") {
      if (texts.length > 0) {
        throw new UsageError(
          `"${member}" is an attribute; set it with --set ${JSON.stringify(texts[0])}`,
        );
      }
      await print(await proxy[member], options);
      return;
    }
    const result = await invoke(proxy, member, positional, keywords);
    // Nobody answers a one-way call: there is nothing to print.
    if (!describe(proxy).members.get(member)?.oneway) await print(result, options);
  } finally {
    await release(proxy);
  }
}

async function print(value: unknown, options: CallCommandOptions): Promise<void> {
  if (!isStream(value)) {
    write(value, options);
    return;
  }
  for await (const item of inTime(value, options.timeout ?? 0)) write(item, options);
}

function write(value: unknown, { json, raw }: CallCommandOptions): void {
  if (json) console.log(toJson(value));
  else if (!raw) console.log(toText(value));
  else if (typeof value === "string" || value instanceof Uint8Array) process.stdout.write(value);
  else
    throw new UsageError(
      `--raw is for bytes and text, and the result is neither: ${toText(value)}`,
    );
}
