import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { NamingError } from "../../src/errors.ts";
import { compilePattern } from "../../src/names/pattern.ts";
import { SqliteStore } from "../../src/names/sqlite-store.ts";
import { EVERYTHING } from "../../src/names/store.ts";
import { parseUri } from "../../src/pyro/uri.ts";
import { describeWithPython, runPython } from "../support/python.ts";

const directory = mkdtempSync(join(tmpdir(), "bunsen-names-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** Opens the storage file argv[1] with the real Pyro, as \`storage\`. */
const STORAGE = {
  Pyro5: "import sys, json\nfrom Pyro5.nameserver import SqlStorage, NameServer\n",
  Pyro4:
    "import sys, json\nfrom Pyro4.naming_storage import SqlStorage\nfrom Pyro4.naming import NameServer\n",
};
const OPEN = "storage = SqlStorage(sys.argv[1])\nns = NameServer(storage)\n";
const ENTRIES = [
  { name: "lab.a", uri: "PYRO:a@h:1", metadata: new Set(["x", "y"]) },
  { name: "lab.b", uri: "PYRO:b@h:2", metadata: new Set<string>() },
  { name: "tüür 🚪", uri: "PYRO:c@h:3", metadata: new Set(["größe"]) },
];

describeWithPython("the sql storage of Python", () =>
  describe.each(["Pyro4", "Pyro5"] as const)("of %s", (generation) => {
    it("is read by ours", async () => {
      const path = join(directory, `${generation}-to-us.sql`);
      await runPython(
        `${STORAGE[generation]}${OPEN}
ns.register("lab.a", "PYRO:gone@h:1")
ns.register("lab.a", "PYRO:a@h:1", metadata=["x", "y"])
ns.register("lab.b", "PYRO:b@h:2")
ns.register("tüür 🚪", "PYRO:c@h:3", metadata=["größe"])
ns.register("lab.c", "PYRO:c@h:3", metadata=["x"])
ns.remove("lab.c")
storage.close()
`,
        [path],
      );
      const store = await SqliteStore.open(path);
      expect([...store.find(EVERYTHING)].flat()).toEqual(ENTRIES);
      expect(store.count()).toBe(3);
      store.close();
    });

    it("reads and writes ours, also while we have it open", async () => {
      const path = join(directory, `us-to-${generation}.sql`);
      const store = await SqliteStore.open(path);
      for (const { name, uri, metadata } of ENTRIES) store.set(name, uri, metadata);
      store.set("lab.b", "PYRO:b@h:2", []);
      const output = await runPython(
        `${STORAGE[generation]}${OPEN}
print(json.dumps({name: [uri, sorted(tags)] for name, (uri, tags) in storage.everything(True).items()}))
print(len(storage))
ns.register("lab.new", "PYRO:new@h:4", metadata=["z"])
ns.set_metadata("lab.a", ["q"])
ns.remove("lab.b")
`,
        [path],
      );
      const [entries, count] = output.split("\n");
      expect(JSON.parse(`${entries}`)).toEqual(
        Object.fromEntries(ENTRIES.map(({ name, uri, metadata }) => [name, [uri, [...metadata]]])),
      );
      expect(count).toBe("3");
      expect(store.get("lab.new")).toMatchObject({ uri: "PYRO:new@h:4", metadata: new Set(["z"]) });
      expect(store.get("lab.a")).toMatchObject({ metadata: new Set(["q"]) });
      expect(store.get("lab.b")).toBeUndefined();
      store.close();
    });

    it("reads what a killed process of ours left, its write-ahead log included", async () => {
      const path = join(directory, `killed-${generation}.sql`);
      const left = await SqliteStore.open(path); // not closed: the log is not written back
      left.set("a", "PYRO:o@h:1", ["x"]);
      const output = await runPython(
        `${STORAGE[generation]}${OPEN}print(json.dumps([ns.count(), str(ns.lookup("a"))]))`,
        [path],
      );
      expect(JSON.parse(output)).toEqual([1, "PYRO:o@h:1"]);
      left.close();
    });
  }),
);

describeWithPython("Python's own answer", () => {
  it("to URIs is ours: accepted or refused, with the same parts or the same text", async () => {
    const part = fc.constantFrom(
      ...[
        "PYRO:",
        "pyro:",
        "PYRONAME:",
        "PYROMETA:",
        "PYROX:",
        "o",
        "@",
        "h",
        ":",
        "[",
        "]",
        "::1",
      ],
      ...[
        "./u:",
        ",",
        "\n",
        " ",
        "\u0085",
        "\ufeff",
        "\u001c",
        "9090",
        "-1",
        "+5",
        "1_0",
        "0x1",
        "é",
      ],
    );
    const texts = fc.sample(
      fc
        .tuple(part, fc.array(part, { maxLength: 7 }))
        .map(([first, rest]) => [first, ...rest].join("")),
      3000,
    );
    const input = JSON.stringify(texts);
    const output = await runPython(
      `
      import json
      from Pyro5.core import URI
      def answer(text):
          try:
              uri = URI(text)
          except Exception as x:
              return [type(x).__name__, str(x)]
          object = sorted(uri.object) if uri.protocol == "PYROMETA" else uri.object
          return ["ok", uri.protocol, object, uri.sockname, uri.host, uri.port]
      print(json.dumps([answer(text) for text in json.loads(${JSON.stringify(input)})]))
      `,
    );
    const answers: unknown[] = JSON.parse(output);
    const ours = texts.map(answerToUri);
    const differing = texts
      .map((text, i) => ({ text, python: answers[i], ours: ours[i] }))
      // We refuse what Python ignores: characters after an IPv6 address or its port.
      .filter(({ text }) => !/\[[0-9a-fA-F:%]+\](?!(:\d+)?\n?$)/.test(text))
      .filter(({ python, ours }) => JSON.stringify(python) !== JSON.stringify(ours));
    expect(differing).toEqual([]);
  });

  it("to regular expressions is ours, apart from what we refuse", async () => {
    const part = fc.constantFrom(
      ...[
        "(",
        "(?:",
        "(?P<n>",
        ")",
        ")*",
        ")+?",
        "|",
        "[",
        "[^",
        "]",
        "a-c",
        "-",
        "a",
        "b",
        "é",
        "_",
      ],
      ...[".", "*", "+", "?", "{2}", "{,2}", "{1,}", "{", "}", ",", "^", "$", "\\d", "\\W", "\\w"],
      ...[
        "\\s",
        "\\S",
        "\\D",
        "\\Z",
        "\\x61",
        "\\141",
        "\\.",
        "\\n",
        "(?i)",
        "(?a:",
        "(?s-i:",
        "(?#c)",
      ],
    );
    const sources = fc
      .sample(fc.array(part, { maxLength: 8 }), 3000)
      .map((parts) => parts.join(""));
    const names = [
      "a",
      "ab",
      "aab",
      "B",
      "é",
      "É_1",
      "5",
      " x",
      "a.b",
      "[a]",
      "{a}",
      "",
      "\u0663",
      "abcabc",
    ];
    const output = await runPython(
      `
      import json, re, warnings
      warnings.simplefilter("ignore")
      sources, names = json.loads(${JSON.stringify(JSON.stringify([sources, names]))})
      def answer(source):
          try:
              compiled = re.compile(source)
          except re.error:
              return "refused"
          return [compiled.match(name) is not None for name in names]
      print(json.dumps([answer(source) for source in sources]))
      `,
    );
    const answers: unknown[] = JSON.parse(output);
    const differing = sources
      .map((source, i) => ({ source, python: answers[i], ours: answerToRegex(source, names) }))
      .filter(({ ours }) => ours !== "not supported")
      .filter(({ python, ours }) => JSON.stringify(python) !== JSON.stringify(ours));
    expect(differing).toEqual([]);
  });
});

function answerToUri(text: string): unknown[] {
  try {
    const [protocol, object, path, host, port] = parseUri(text).toState();
    const plain = typeof object === "string" ? object : [...object].sort();
    return ["ok", protocol, plain, path, host, port];
  } catch (error) {
    // Our message begins with Python's.
    return ["PyroError", (error as Error).message.replace(/: ".*$/s, "")];
  }
}

function answerToRegex(source: string, names: readonly string[]): unknown {
  try {
    const pattern = compilePattern(source);
    return names.map((name) => pattern.test(name));
  } catch (error) {
    if (!(error instanceof NamingError)) throw error;
    return /not supported|too complex/.test(error.message) ? "not supported" : "refused";
  }
}
