import { once } from "node:events";
import { createInterface } from "node:readline";
import { type REPLServer, start } from "node:repl";
import { PassThrough } from "node:stream";
import { inspect } from "node:util";
import type { Command } from "commander";
import * as library from "../index.ts";
import {
  type Description,
  describe,
  isProxy,
  release,
  signatureOf,
  uriOf,
} from "../objects/index.ts";
import { newCommand } from "./command.ts";
import {
  type AnyRemote,
  addCallerOptions,
  type ConnectingOptions,
  connectTo,
  URI_FORMS,
} from "./connecting.ts";
import { kindOf } from "./describe.ts";

export function command(): Command {
  const repl = newCommand("repl", {
    summary: "a Node REPL with a proxy in it",
    description: `Opens a Node REPL in which "proxy" (and the last part of the object's name) is the remote object.
Tab completes its members, ".doc member" shows signature and documentation, and promises are awaited.
assign, batch, kwargs, withOptions and the rest of the library are there too. Reads lines where the input is no terminal.`,
    examples: [
      "bunsen repl PYRONAME:demo.thermostat",
      "echo 'thermostat.read(1)' | bunsen repl PYRONAME:demo.thermostat",
    ],
    exits: "0 left, 2 wrong usage, 3 cannot be reached or not found, 4 no answer in time",
  })
    .argument("<uri>", URI_FORMS)
    .option(
      "--serializer <name>",
      "serpent, json, marshal or msgpack (default: what suits the peer)",
    )
    .action(run);
  return addCallerOptions(repl);
}

const PROMPT = "> ";

async function run(uri: string, options: ConnectingOptions): Promise<void> {
  const proxy = await connectTo(uri, options);
  const name = variableFor(uri);
  try {
    const isTerminal = process.stdin.isTTY === true;
    const input = isTerminal ? process.stdin : new PassThrough();
    if (isTerminal) console.log(greeting(uri, name, describe(proxy)));
    const server = start({
      prompt: isTerminal ? PROMPT : "",
      input,
      output: process.stdout,
      terminal: isTerminal,
      // A preview evaluates what is being typed, and that would be a remote call.
      preview: false,
      writer: show,
    });
    prepare(server, proxy, name);
    leaveOnInterrupt(server);
    const left = once(server, "exit");
    if (input instanceof PassThrough) await feed(server, input);
    await left;
  } finally {
    await release(proxy);
  }
}

/** `thermostat` of `PYRONAME:lab.thermostat@host`; `proxy` where that is no name for a variable. */
export function variableFor(uri: string): string {
  const object = uri.replace(/^\w+:/, "").replace(/@.*$/s, "");
  const last = object.split(/[^\w$]+/).findLast((part) => part !== "") ?? "";
  return /^[A-Za-z_$]/.test(last) ? last : "proxy";
}

function greeting(uri: string, name: string, { members }: Description): string {
  return `${name} is ${uri} (${[...members.keys()].join(", ")})\nTab completes, .doc member explains, .exit leaves.`;
}

function prepare(server: REPLServer, proxy: AnyRemote, name: string): void {
  const { members } = describe(proxy);
  Object.assign(server.context, library, { proxy });
  // A remote object that is called like something of the library is what the user came for.
  Object.defineProperty(server.context, name, {
    value: proxy,
    writable: true,
    configurable: true,
    enumerable: true,
  });
  awaitResults(server);
  const complete = server.completer;
  Object.assign(server, {
    completer(line: string, callback: (error: Error | null, result: [string[], string]) => void) {
      const found = completions(line, [name, "proxy"], members.keys());
      if (found) callback(null, found);
      else
        (complete as unknown as (line: string, done: typeof callback) => void).call(
          server,
          line,
          callback,
        );
    },
  });
  server.defineCommand("doc", {
    help: "Signature and documentation of a member, or of all",
    action(this: REPLServer, member: string) {
      this.output.write(`${documentation(describe(proxy), member.trim())}\n`);
      this.displayPrompt();
    },
  });
}

/**
 * What a tab offers after `line`: members of the proxy, and of its parts, behind `name.` and `.doc `.
 * @returns the lines it can become and the part they replace; undefined where that is not ours to know.
 */
export function completions(
  line: string,
  names: readonly string[],
  members: Iterable<string>,
): [string[], string] | undefined {
  const match = /^\.doc\s+([\w.]*)$/.exec(line) ?? /(?:^|[^\w$.])([\w$]+\.)([\w.]*)$/.exec(line);
  if (!match) return undefined;
  const isDoc = line.startsWith(".doc");
  const before = isDoc ? "" : (match[1] as string);
  const typed = (isDoc ? match[1] : match[2]) as string;
  if (!isDoc && !names.includes(before.slice(0, -1))) return undefined;
  const fitting = [...members].filter((member) => member.startsWith(typed)).sort();
  return [fitting.map((member) => before + member), before + typed];
}

/** What `.doc` prints. */
export function documentation(description: Description, name: string): string {
  const { className, doc, members } = description;
  if (name === "") {
    const lines = [...members.values()].map((member) => `  ${signatureOf(member)}`);
    return [className ?? "", doc ?? "", ...lines].filter((line) => line !== "").join("\n");
  }
  const member = members.get(name);
  if (member === undefined)
    return `no member "${name}"; there are ${[...members.keys()].join(", ")}`;
  const says = member.doc ?? "(its server tells no documentation)";
  return `${signatureOf(member)}    ${kindOf(member)}\n${says.replace(/^/gm, "  ")}`;
}

/** Node wants Ctrl-C twice. Here once is enough, unless there is a line or a block to give up. */
function leaveOnInterrupt(server: REPLServer): void {
  const nodes = server.listeners("SIGINT");
  server.removeAllListeners("SIGINT");
  server.on("SIGINT", () => {
    const isBusy = server.line !== "" || server.getPrompt() !== PROMPT;
    if (isBusy) for (const listener of nodes) listener.call(server);
    else server.close();
  });
}

/** `thermostat.read(1)` shows the reading, not a promise of it. */
function awaitResults(server: REPLServer): void {
  const evaluate = server.eval;
  Object.assign(server, {
    eval(
      this: REPLServer,
      code: string,
      context: typeof server.context,
      file: string,
      done: (error: Error | null, value?: unknown) => void,
    ) {
      evaluate.call(this, code, context, file, (error, value: unknown) => {
        if (error || !(value instanceof Promise)) done(error, value);
        else
          value.then(
            (settled) => done(null, settled),
            (reason) => done(reason as Error),
          );
      });
    },
  });
}

function show(value: unknown): string {
  if (typeof value === "object" && value !== null && isProxy(value)) {
    return `[proxy of ${uriOf(value)}]`;
  }
  // The stack has the remote traceback in it; the fields would say it all again.
  if (value instanceof library.BunsenError) return String(value.stack);
  return inspect(value, { colors: process.stdout.isTTY === true, depth: 4 });
}

/** Hands over lines one by one: the next when the one before is done, as a person would. */
async function feed(server: REPLServer, input: PassThrough): Promise<void> {
  let done = Promise.withResolvers<void>();
  // In place of the prompt, which would stand between the results.
  Object.assign(server, { displayPrompt: () => done.resolve() });
  server.once("exit", () => done.resolve());
  for await (const line of createInterface({ input: process.stdin })) {
    done = Promise.withResolvers();
    input.write(`${line}\n`);
    await done.promise;
  }
  input.end();
}
