import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { DocWorkspace } from "../support/doc-workspace.ts";
import { codeBlocks, root } from "../support/docs.ts";
import { documentedPorts } from "../support/ports.ts";
import { runProcess, startProcess } from "../support/process.ts";

// What a user gets: the packed package, installed into an empty project.
let project: string;
let installed: string;
let manifest: Manifest;

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

beforeAll(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), "bunsen-pack-")));
  const npm = (args: string[], cwd: string) => runProcess("npm", args, { cwd, timeoutMs: 240_000 });
  await npm(["pack", "--loglevel=error", "--pack-destination", project], root);
  const [tarball = ""] = readdirSync(project);
  await writeFile(join(project, "package.json"), '{ "type": "module", "private": true }\n');
  await npm(["install", "--prefer-offline", "--no-audit", "--no-fund", `./${tarball}`], project);
  installed = join(project, "node_modules/bunsen");
  manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
}, 300_000);

afterAll(() => rm(project, { recursive: true, force: true }));

it("holds what it needs and nothing of ours", () => {
  const files = readdirSync(installed, { recursive: true }).map(String);
  expect(files).toEqual(
    expect.arrayContaining([
      "LICENSE",
      "README.md",
      "dist/index.js",
      "dist/index.d.ts",
      "dist/console/index.html",
      "dist/console/licenses.md",
      "python/bunsen_arrays.py",
    ]),
  );
  expect(
    files.filter((file) => /^(src|test|bench|scripts|\.ci)\b|(?<!\.d)\.ts$/.test(file)),
  ).toEqual([]);
  // Who builds asks it whether to build again: of no use to anybody else.
  expect(files).not.toContain("dist/console/inputs.json");
});

it("exports files that exist", () => {
  const files = targets(manifest.exports);
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter((file) => !existsSync(join(installed, file)))).toEqual([]);
});

it("brings a command that says its version", async () => {
  const bin = join(project, "node_modules/.bin/bunsen");
  expect(await runProcess(bin, ["--version"], { cwd: project })).toMatch(/^\S*\d+\.\d+\.\d+/);
});

it("serves the web console from its own files", async () => {
  const bin = join(project, "node_modules/.bin/bunsen");
  const args = ["gateway", "--port", "0", "--ns", "127.0.0.1:9"];
  await using gateway = await startProcess(bin, args, { cwd: project, ready: /^http\S+/ });
  const url = String(gateway.ready?.[0]);
  const page = await (await fetch(url)).text();
  const [, script = ""] = /src="\.\/(assets\/[^"]+\.js)"/.exec(page) ?? [];
  expect((await fetch(url + script)).headers.get("content-type")).toMatch("text/javascript");
});

it("loads on import only what every program needs", async () => {
  const hook = `
    import { registerHooks } from "node:module";
    const asked = new Set();
    registerHooks({ resolve(specifier, context, next) {
      const ours = context.parentURL?.includes("/node_modules/bunsen/");
      if (ours && /^[^./#]/.test(specifier) && !/^(node|file):/.test(specifier)) asked.add(specifier);
      return next(specifier, context);
    } });
    await import("bunsen");
    console.log(JSON.stringify([...asked].sort()));
  `;
  const output = await runProcess(process.execPath, ["--input-type=module", "-e", hook], {
    cwd: project,
  });
  const packages = (JSON.parse(output) as string[]).map(packageName);
  // The command line's packages, and the optional ones, wait until somebody uses them.
  expect(["acorn", "pino", "re2js"]).toEqual(expect.arrayContaining(packages));
  expect(Object.keys(manifest.dependencies)).toEqual(expect.arrayContaining(packages));
});

it("has types that a strict project can use", async () => {
  await mkdir(join(project, "types"));
  const specifiers = Object.keys(manifest.exports).filter((path) => !path.endsWith(".json"));
  const lines = specifiers.map((path, at) => {
    return `import * as m${at} from "bunsen${path.slice(1)}";\nexport const names${at}: string[] = Object.keys(m${at});`;
  });
  await writeFile(join(project, "types/consumer.ts"), `${lines.join("\n")}\n`);
  const compilerOptions = {
    module: "nodenext",
    target: "es2023",
    lib: ["es2023", "esnext.disposable"],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
  };
  await writeFile(
    join(project, "types/tsconfig.json"),
    JSON.stringify({ compilerOptions, files: ["consumer.ts"] }),
  );
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  await runProcess(process.execPath, [tsc, "-p", "types"], { cwd: project });
}, 60_000);

it("runs the server and the client of README.md", async () => {
  const blocks = codeBlocks("README.md").filter(({ language }) => language === "ts");
  const client = blocks.find(({ name }) => name === "client.ts");
  if (!client) throw new Error('README.md has no block "<!-- run: client.ts -->"');
  expect(client.with, "what client.ts runs with").toEqual(["server.ts"]);
  await using _turn = await documentedPorts();
  await using workspace = await DocWorkspace.create(blocks, { project });
  await workspace.checkTypes();
  await workspace.check(client);
}, 600_000);

function targets(target: unknown): string[] {
  return typeof target === "string" ? [target] : Object.values(target as object).flatMap(targets);
}

function packageName(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}
