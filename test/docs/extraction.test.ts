import { describe, expect, it } from "vitest";
import { DocWorkspace } from "../support/doc-workspace.ts";
import { codeBlocks } from "../support/docs.ts";
import { itWithPython } from "../support/python.ts";

const fence = "```";
const blocksOf = (...lines: string[]) => codeBlocks("page.md", lines.join("\n"));

async function check(...lines: string[]): Promise<void> {
  const blocks = blocksOf(...lines);
  await using workspace = await DocWorkspace.create(blocks);
  if (blocks.some(({ language }) => language === "ts")) await workspace.checkTypes();
  for (const block of blocks) await workspace.check(block);
}

const SERVER = [
  "<!-- run: server.ts -->",
  `${fence}ts`,
  'import { createServer } from "node:net";',
  'const server = createServer((peer) => peer.end("hello"));',
  'server.listen(28_656, "127.0.0.1", () => console.log("ready"));',
  fence,
];

const CLIENT = [
  "<!-- with: server.ts -->",
  "<!-- prints: got hello -->",
  `${fence}ts`,
  'import { connect } from "node:net";',
  'connect(28_656, "127.0.0.1").on("data", (text) => console.log("got " + text));',
  fence,
];

describe("the code blocks of a document", () => {
  it("are taken with language, place and directives", () => {
    const [block] = blocksOf(
      "# Page",
      "",
      "<!-- a remark -->",
      "<!-- run: a.ts -->",
      "",
      `${fence}ts twoslash`,
      "a();",
      fence,
    );
    expect(block).toMatchObject({
      line: 6,
      language: "ts",
      info: "ts twoslash",
      name: "a.ts",
      code: "a();\n",
    });
  });

  it("lose the indentation of the list they stand in", () => {
    expect(blocksOf("- item", `  ${fence}sh`, "  if a; then", "    b", `  ${fence}`)[0]?.code).toBe(
      "if a; then\n  b\n",
    );
  });

  it("do not inherit what was said to an earlier block", () => {
    const [, second] = blocksOf(
      "<!-- not run: no -->",
      `${fence}sh`,
      fence,
      "text",
      `${fence}sh`,
      fence,
    );
    expect(second?.notRun).toBeUndefined();
  });

  it("refuse a directive that does not exist", () => {
    expect(() => blocksOf("<!-- print: x -->", `${fence}sh`, fence)).toThrow(
      '"print" is not one of',
    );
  });

  it("refuse a fence that is never closed", () => {
    expect(() => blocksOf(`${fence}sh`)).toThrow("page.md:1: the fence is never closed");
  });
});

describe("running them", () => {
  it(
    "starts the server that a client names, and needs its output",
    () => check(...SERVER, ...CLIENT),
    60_000,
  );

  it("fails when the output is another", async () => {
    const client = CLIENT.map((line) => line.replace("got hello", "got nothing"));
    await expect(check(...SERVER, ...client)).rejects.toThrow('did not print "got nothing"');
  }, 60_000);

  it("fails when a type is wrong", async () => {
    await expect(check(`${fence}ts`, 'export const a: number = "b";', fence)).rejects.toThrow(
      "TS2322",
    );
  }, 60_000);

  it("fails when a shell command fails in the middle", async () => {
    await expect(check(`${fence}sh`, "false", "true", fence)).rejects.toThrow("ended with code 1");
  }, 60_000);

  it("fails on a language that it cannot run", async () => {
    await expect(check(`${fence}cobol`, fence)).rejects.toThrow('cannot run "cobol"');
  }, 60_000);

  itWithPython(
    "runs Python with the peers",
    () => check(`${fence}python`, "import Pyro5.api, Pyro4", fence),
    60_000,
  );

  it("finds the sources as bunsen", async () => {
    const block = [
      "<!-- prints: src/index.ts -->",
      `${fence}js`,
      'console.log(import.meta.resolve("bunsen"));',
      fence,
    ];
    await check(...block);
  }, 60_000);
});
