import type { Command } from "commander";
import { toWire } from "../objects/description.ts";
import { type Description, describe, release, signatureOf, uriOf } from "../objects/index.ts";
import { jsonOption, newCommand } from "./command.ts";
import { addCallerOptions, type ConnectingOptions, connectTo, URI_FORMS } from "./connecting.ts";
import { printTable } from "./table.ts";

export function command(): Command {
  const describe = newCommand("describe", {
    summary: "what an object offers",
    description:
      "Shows the members of a remote object, with signatures and documentation where its server tells them (Bunsen does; Python tells names).",
    examples: [
      "bunsen describe PYRONAME:demo.thermostat",
      "bunsen describe PYRO:test.echoserver@localhost:9999 --json",
    ],
  })
    .argument("<uri>", URI_FORMS)
    .addOption(jsonOption())
    .action(run);
  return addCallerOptions(describe);
}

async function run(uri: string, options: ConnectingOptions & { json?: boolean }): Promise<void> {
  const proxy = await connectTo(uri, options);
  try {
    const description = describe(proxy);
    if (options.json)
      console.log(JSON.stringify({ uri: uriOf(proxy), ...toWire(description) }, undefined, 2));
    else print(uriOf(proxy), description);
  } finally {
    await release(proxy);
  }
}

function print(uri: string, { className, doc, members }: Description): void {
  console.log(className === undefined ? uri : `${className} at ${uri}`);
  if (doc !== undefined) console.log(doc);
  console.log();
  const rows = [...members.values()].map((member) => {
    const says = member.doc === undefined ? "" : member.doc.replace(/\s+/g, " ");
    return [signatureOf(member), kindOf(member), says];
  });
  printTable(["member", "kind", "documentation"], rows);
}

/** `attribute, read only`, `method, streams`, … */
export function kindOf(member: {
  readonly kind: string;
  readonly readonly: boolean;
  readonly oneway: boolean;
  readonly stream: boolean;
}): string {
  const marks = [
    member.readonly && "read only",
    member.oneway && "one-way",
    member.stream && "streams",
  ].filter((mark) => mark !== false);
  return [member.kind, ...marks].join(", ");
}
