import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DocWorkspace } from "../support/doc-workspace.ts";
import { codeBlocks, documents } from "../support/docs.ts";
import { documentedPorts } from "../support/ports.ts";
import { itWithPython } from "../support/python.ts";

// One block after the other, and no other test with them: their ports are the ones that readers see.
let turn: AsyncDisposable;
beforeAll(async () => {
  turn = await documentedPorts();
}, 600_000);
afterAll(() => turn[Symbol.asyncDispose]());

it("covers README.md and the pages of docs/", () => {
  expect(documents()).toContain("README.md");
});

const withBlocks = documents().filter((document) => codeBlocks(document).length > 0);

describe.each(withBlocks)("%s", (document) => {
  const blocks = codeBlocks(document);
  const run = blocks.filter(({ notRun }) => notRun === undefined);
  let workspace: DocWorkspace;
  beforeAll(async () => {
    workspace = await DocWorkspace.create(run);
  });
  afterAll(() => workspace[Symbol.asyncDispose]());

  if (run.some(({ language }) => language === "ts")) {
    it("shows TypeScript that type-checks", () => workspace.checkTypes(), 60_000);
  }
  for (const block of blocks) {
    const title = `line ${block.line}: ${block.code.trim().split("\n")[0]}`;
    if (block.notRun !== undefined) {
      it.skip(`${title} (not run: ${block.notRun})`);
    } else {
      const test = block.language === "python" ? itWithPython : it;
      test(title, () => workspace.check(block), 90_000);
    }
  }
});
