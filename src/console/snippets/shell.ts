import { floatRepr } from "../../values/python-text.ts";
import { Float } from "../../values/types.ts";
import {
  type Act,
  givesBytes,
  holds,
  httpUrl,
  KEY_VARIABLE,
  type Snippet,
  type Target,
  webSocketUrl,
} from "./act.ts";
import { jsonBody, jsonText, Unsayable } from "./json.ts";

/** The act with the `bunsen` command, by the gateway. */
export function bunsenSnippet(act: Act, target: Target): Snippet {
  const uri = quoted(webSocketUrl(target));
  const member = quoted(act.member);
  try {
    const file = wholeFile(act);
    if (file !== undefined) {
      const rest = commandArguments({
        ...act,
        args: act.kind === "set" ? [] : act.args.slice(0, -1),
      });
      return { text: words("bunsen put", uri, member, quoted(file), "--whole", ...rest) };
    }
    if (act.kind === "set") {
      // Not a word of its own: it may begin with a hyphen.
      return {
        text: words("bunsen call", uri, member, quoted(`--set=${commandText(act.args[0])}`)),
      };
    }
    const rest = commandArguments(act);
    if (givesBytes(act)) {
      return { text: words("bunsen get", uri, member, quoted(`${act.member}.bin`), ...rest) };
    }
    return { text: words("bunsen call", uri, member, ...rest) };
  } catch (error) {
    if (error instanceof Unsayable) return { reason: error.message };
    throw error;
  }
}

/** The act with curl, by the gateway's HTTP interface. */
export function curlSnippet(act: Act, target: Target): Snippet {
  const file = wholeFile(act);
  const isOnlyFile = file !== undefined && act.args.length === 1 && noKeywords(act);
  const body: Snippet = isOnlyFile && act.kind !== "set" ? { text: `@${file}` } : jsonBody(act);
  if ("reason" in body) return body;
  const isFile = body.text.startsWith("@");
  const options = [
    ...(act.kind === "stream" ? ["-N"] : []),
    ...(target.asksForKey ? [`-H "X-Pyro-Gateway-Key: $${KEY_VARIABLE}"`] : []),
    ...acceptOf(act),
    ...(act.kind === "get"
      ? []
      : isFile
        ? ["-H 'Content-Type: application/octet-stream'", `--data-binary ${quoted(body.text)}`]
        : ["-H 'Content-Type: application/json'", `-d ${quoted(body.text)}`]),
    ...(givesBytes(act) ? [`-o ${quoted(`${act.member}.bin`)}`] : []),
  ];
  return { text: ["curl -sS", ...options, quoted(httpUrl(target, act))].join(" \\\n  ") };
}

function acceptOf(act: Act): string[] {
  if (givesBytes(act)) return ["-H 'Accept: application/octet-stream'"];
  return act.kind === "stream" ? ["-H 'Accept: application/x-ndjson'"] : [];
}

/** The file that the last argument was read from; undefined where that is none. */
function wholeFile({ args, files }: Act): string | undefined {
  const last = args.at(-1);
  return last instanceof Uint8Array ? files?.get(last) : undefined;
}

function noKeywords({ kwargs }: Act): boolean {
  return Object.keys(kwargs).length === 0;
}

/** Keyword arguments first: behind `--`, where negative numbers stand, there are none. */
function commandArguments({ args, kwargs }: Act): string[] {
  const named = Object.entries(kwargs).map(([name, value]) =>
    quoted(`${name}=${commandText(value)}`),
  );
  const texts = args.map(commandText);
  const needsDashes = texts.some((text) => text.startsWith("-"));
  return [...named, ...(needsDashes ? ["--"] : []), ...texts.map(quoted)];
}

/** A value as the command line has it: JSON, or text that is not taken for any. */
function commandText(value: unknown): string {
  if (holds(value, (one) => one instanceof Uint8Array)) {
    throw new Unsayable(
      "A command line has no bytes, but for those of a file as the last argument.",
    );
  }
  if (holds(value, isNotFinite)) throw new Unsayable("JSON has no such number.");
  if (typeof value !== "string") {
    return value instanceof Float ? floatRepr(value.value) : jsonText(value);
  }
  return isPlainText(value) ? value : JSON.stringify(value);
}

function isNotFinite(value: unknown): boolean {
  const number = value instanceof Float ? value.value : value;
  return typeof number === "number" && !Number.isFinite(number);
}

/** Whether the command takes a text for itself: neither for JSON nor for a keyword argument. */
function isPlainText(text: string): boolean {
  if (text === "" || /^[A-Za-z_]\w*=/.test(text) || text.startsWith("-")) return false;
  try {
    JSON.parse(text);
    return false;
  } catch {
    return true;
  }
}

function words(...parts: readonly string[]): string {
  return parts.join(" ");
}

/** As one word of a POSIX shell. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
