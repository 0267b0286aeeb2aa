// npm start, npm test and their like: `node scripts/run.mjs <command> [arguments]`. Sets the checkout up
// if need be, then runs the command under the project's own Node.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import {
  howToGetExamples,
  howToGetPython,
  installChromium,
  installExamples,
  installPackages,
  installPython,
  installSshServer,
  projectNode,
  root,
  SetupError,
  say,
} from "./setup.mjs";

const VITEST = "node_modules/vitest/vitest.mjs";
const BIOME = "node_modules/@biomejs/biome/bin/biome";
const TSC = "node_modules/typescript/bin/tsc";

/** Each takes the arguments that follow it and gives the exit code. */
const commands = {
  setup: async () => 0,
  async start(args) {
    const failed = (await commands.console()) || (await commands.client());
    // The lab is worth more than its pages.
    if (failed)
      say("the pages could not be built (the reason is above): the gateway shows a plain list");
    return await node(["src/cli/main.ts", "demo", ...args]);
  },
  test,
  async bench(args) {
    installPackages(join(root, "bench"));
    const missing = installPython();
    if (missing) say(`no Python peers to compare with: ${missing}`);
    return await node(["bench/main.ts", ...args]);
  },
  async check() {
    return (await commands.lint()) || (await commands.types());
  },
  lint: () => node([BIOME, "ci", "."]),
  async types() {
    return (await node([TSC, "--noEmit"])) || (await node([TSC, "--noEmit", "-p", "src/console"]));
  },
  /** The web console: what the sources have now, and nothing where it is that already. */
  console: () => node(["scripts/console-build.ts"]),
  /** `bunsen/browser` as one file, which a gateway serves, too. */
  client: () => node(["scripts/browser-bundle.ts"]),
  docs: () => node(["scripts/api-docs.ts"]),
  /** The pictures of docs/images/, taken anew. */
  screenshots: () =>
    node([VITEST, "run", "test/docs/screenshots.browser.test.ts"], { BUNSEN_WRITE_DOCS: "1" }),
  format: () => node([BIOME, "check", "--write", "."]),
  async build() {
    clean(join(root, "dist"));
    const failed = await node([TSC, "-p", "tsconfig.build.json"]);
    return failed || (await commands.client()) || (await commands.console());
  },
};

/** Removes what was built, but for the console, which a gateway may be serving and which knows whether it is fresh. */
function clean(dist) {
  for (const name of existsSync(dist) ? readdirSync(dist) : []) {
    if (name !== "console") rmSync(join(dist, name), { recursive: true, force: true });
  }
}

/** Runs vitest and closes with one line of counts, whatever happens. */
async function test(args) {
  const missing = installPython();
  const withoutExamples = missing ?? installExamples();
  const noSshd = installSshServer();
  const noChromium = installChromium();
  const folder = mkdtempSync(join(tmpdir(), "bunsen-test-"));
  const tally = join(folder, "tally.json");
  let code = await commands.console();
  code ||= await node([VITEST, "run", ...args], { BUNSEN_TALLY: tally });
  const counts = existsSync(tally) ? JSON.parse(readFileSync(tally, "utf8")) : undefined;
  rmSync(folder, { recursive: true, force: true });
  if (missing) say(howToGetPython(missing));
  else if (withoutExamples) say(howToGetExamples(withoutExamples));
  if (noSshd) say(`tests of tunnels are skipped: ${noSshd}`);
  if (noChromium) say(`tests in a browser are skipped: ${noChromium}`);
  for (const name of counts?.again ?? []) say(`passed at the second try only: ${name}`);
  if (process.env.FAILED_STEPS) say(`failed before the tests: ${process.env.FAILED_STEPS}`);
  if ((withoutExamples || noSshd || noChromium) && process.env.CI) code ||= 1;
  console.log(closingLine(counts ?? { passed: 0, failed: 0, skipped: 0 }, code));
  return code;
}

function closingLine({ passed, failed, skipped }, code) {
  // A run that failed without a failing test (vitest itself broke, say) must not look green.
  const failures = code !== 0 && failed === 0 ? 1 : failed;
  return `${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** Runs the project's Node in front; signals reach it, and its exit code is ours. */
function node(args, env = {}) {
  const child = spawn(projectNode(), args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // Ctrl-C at a terminal goes to the child as well; a second one would tell it to hurry.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  // npm signals the shell between us and it, which dies without a word to us.
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || child.kill("SIGTERM"), 500).unref();
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

const [name = "", ...args] = process.argv.slice(2);
try {
  if (!Object.hasOwn(commands, name)) {
    throw new SetupError(`expected one of ${Object.keys(commands).join(", ")}, got "${name}"`);
  }
  installPackages();
  process.exitCode = await commands[name](args);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  if (name === "test") console.log("0 passed, 1 failed");
  process.exitCode = 1;
}
