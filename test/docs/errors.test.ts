import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { errorsPath, errorsText } from "../../scripts/api-docs.ts";
import { thrownCodes } from "../../scripts/error-page.ts";
import { ERROR_TOPICS } from "../../src/error-codes.ts";
import * as bunsen from "../../src/index.ts";
import { root } from "../support/docs.ts";

const thrown = thrownCodes(root);
const known = new Map(ERROR_TOPICS.flatMap(({ codes }) => Object.entries(codes)));
const page = readFileSync(errorsPath, "utf8");

it("every code that the sources have is in src/error-codes.ts, and no other", () => {
  const remedy = "say in src/error-codes.ts what it means and what to do, then: npm run docs";
  expect([...known.keys()].sort(), remedy).toEqual([...thrown.keys()].sort());
});

it.each([...known])("%s has a class and a retry", (code, { thrownAs = [] }) => {
  const ways = [...(thrown.get(code) ?? []), ...thrownAs];
  expect(ways, "say in src/error-codes.ts what it is thrown as").not.toEqual([]);
  for (const way of ways) expect(way).toMatch(/^[A-Z]\w+Error, (now|later|never|unknown)$/);
});

it("docs/errors.md is in step: npm run docs makes its tables anew", () => {
  expect(page).toBe(errorsText());
});

it("docs/errors.md tells of every class of errors", () => {
  const classes = Object.values(bunsen).filter(
    (value) => typeof value === "function" && value.prototype instanceof bunsen.BunsenError,
  );
  const missing = classes.filter(
    (value) => !page.includes(`\`${(value as { name: string }).name}\``),
  );
  expect(missing).toEqual([]);
});
