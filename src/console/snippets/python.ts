import { PlainDate } from "../../values/types.ts";
import { pythonString, valueText } from "../results/text.ts";
import {
  type Act,
  givesBytes,
  holds,
  httpUrl,
  KEY_VARIABLE,
  type Origin,
  type Snippet,
  sent,
  type Target,
  variableName,
} from "./act.ts";
import { jsonBody } from "./json.ts";

const KEYWORDS = (
  "False None True and as assert async await break class continue def del elif else except finally for from global if " +
  "import in is lambda nonlocal not or pass raise return try while with yield"
).split(" ");

/** No name for a variable here: what the snippets use themselves. */
const RESERVED = [
  ...KEYWORDS,
  "print",
  "open",
  "json",
  "os",
  "item",
  "datetime",
  "numpy",
  "serpent",
  "to_array",
];

/** The act in Python: with the client of the object's own protocol, or by HTTP where its address is not known. */
export function pythonSnippet(act: Act, target: Target): Snippet {
  const { origin } = target;
  if (origin === undefined) return httpSnippet(act, target);
  return { text: origin.dialect === "msl" ? msl(act, origin) : pyro(act, target, origin) };
}

function pyro(act: Act, target: Target, { dialect, uri }: Origin): string {
  const name = variableName(target.object, RESERVED);
  const proxy = dialect === "pyro5" ? "Pyro5.api.Proxy" : "Pyro4.Proxy";
  const config = dialect === "pyro5" ? "Pyro5.api.config" : "Pyro4.config";
  const lines = [
    ...imports(act, dialect === "pyro5" ? "Pyro5.api" : "Pyro4"),
    "",
    ...(act.gives === "array" ? readingArrays(dialect) : []),
    // The default serializer turns bytes into a dict.
    ...(handlesBytes(act) ? [`${config}.SERIALIZER = "marshal"`] : []),
    `${name} = ${proxy}(${pythonString(uri)})`,
  ];
  return [...lines, ...attributeOrCall(act, name)].join("\n");
}

/** What runs as it is, wherever numpy is; `serpent` comes with Pyro. */
function readingArrays(dialect: Origin["dialect"]): string[] {
  const registry = dialect === "pyro5" ? "Pyro5.api" : "Pyro4.util.SerializerBase";
  return [
    "# In place of these lines: import bunsen_arrays, of Bunsen's package, which keeps units and sends arrays, too.",
    "def to_array(_, it):",
    '    elements = numpy.frombuffer(serpent.tobytes(it["data"]), it["dtype"])',
    '    return elements.reshape(it["shape"], order=it["order"])',
    "",
    `${registry}.register_dict_to_class("bunsen.NdArray", to_array)`,
    "",
  ];
}

function attributeOrCall(act: Act, name: string): string[] {
  const member = memberOf(name, act.member);
  switch (act.kind) {
    case "get":
      return [`print(${member})`];
    case "set":
      return isIdentifier(act.member)
        ? [`${member} = ${argument(act.args[0], act)}`]
        : [`setattr(${name}, ${pythonString(act.member)}, ${argument(act.args[0], act)})`];
    case "call":
      return [`print(${member}(${argumentList(act)}))`];
    case "stream":
      return [`for item in ${member}(${argumentList(act)}):`, "    print(item)"];
  }
}

/** A service's attributes are asked for like methods, and cannot be set. */
function msl(act: Act, { uri, plain }: Origin): string {
  const url = new URL(uri.replace(/^msl:/, "http:"));
  const service = decodeURIComponent(url.pathname.slice(1));
  const name = variableName(service, [...RESERVED, "client", "connect"]);
  const options = [
    `host=${pythonString(url.hostname.replace(/^\[|\]$/g, ""))}`,
    `port=${url.port || 1875}`,
    ...(plain ? ["disable_tls=True"] : []),
  ];
  return [
    ...imports(act, undefined),
    "from msl.network import connect",
    "",
    `client = connect(${options.join(", ")})${plain === undefined ? TLS_HINT : ""}`,
    `${name} = client.link(${pythonString(service)})`,
    `print(${memberOf(name, act.member)}(${argumentList(act)}))`,
    "client.disconnect()",
  ].join("\n");
}

/** Whether a manager has TLS shows only to who connects to it. */
const TLS_HINT = "  # disable_tls=True for a manager without TLS";

function httpSnippet(act: Act, target: Target): Snippet {
  const body = jsonBody(act);
  if ("reason" in body) return body;
  const isPost = act.kind !== "get";
  const headers = [
    ...(isPost ? ['"Content-Type": "application/json"'] : []),
    ...(act.kind === "stream" ? ['"Accept": "application/x-ndjson"'] : []),
    ...(givesBytes(act) ? ['"Accept": "application/octet-stream"'] : []),
    ...(target.asksForKey ? [`"X-Pyro-Gateway-Key": os.environ["${KEY_VARIABLE}"]`] : []),
  ];
  const lines = [
    "import json",
    ...(target.asksForKey ? ["import os"] : []),
    "import urllib.request",
    "",
    "request = urllib.request.Request(",
    `    ${pythonString(httpUrl(target, act))},`,
    ...(isPost ? [`    data=${pythonString(body.text)}.encode(),`] : []),
    ...(headers.length > 0 ? [`    headers={${headers.join(", ")}},`] : []),
    ")",
    "with urllib.request.urlopen(request) as answer:",
    ...(act.kind === "stream"
      ? ["    for line in answer:", "        print(json.loads(line))"]
      : [`    print(${givesBytes(act) ? "answer.read()" : "json.load(answer)"})`]),
  ];
  return { text: lines.join("\n") };
}

function imports(act: Act, pyro: string | undefined): string[] {
  const isDate = (value: unknown) => value instanceof Date || value instanceof PlainDate;
  return [
    ...(sent(act).some((value) => holds(value, isDate)) ? ["import datetime"] : []),
    ...(pyro === undefined ? [] : [`import ${pyro}`]),
    ...(act.gives === "array" ? ["import numpy", "import serpent"] : []),
  ];
}

function handlesBytes(act: Act): boolean {
  const isBytes = (value: unknown) => value instanceof Uint8Array;
  return act.gives === "bytes" || sent(act).some((value) => holds(value, isBytes));
}

function argumentList(act: Act): string {
  const { args, kwargs } = act;
  const named = Object.entries(kwargs);
  const plain = named.filter(([name]) => isIdentifier(name));
  const odd = named.filter(([name]) => !isIdentifier(name));
  return [
    ...args.map((value) => argument(value, act)),
    ...plain.map(([name, value]) => `${name}=${argument(value, act)}`),
    ...(odd.length > 0 ? [`**${argument(Object.fromEntries(odd), act)}`] : []),
  ].join(", ");
}

/** A value as source text; what was read of a file is read of it again. */
function argument(value: unknown, { files }: Act): string {
  const bytes = (read: Uint8Array): string | undefined => {
    const name = files?.get(read);
    return name === undefined ? undefined : `open(${pythonString(name)}, "rb").read()`;
  };
  return valueText(value, { runs: true, bytes });
}

function memberOf(name: string, member: string): string {
  const isPath = member.split(".").every(isIdentifier);
  return isPath ? `${name}.${member}` : `getattr(${name}, ${pythonString(member)})`;
}

function isIdentifier(name: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) && !KEYWORDS.includes(name);
}
