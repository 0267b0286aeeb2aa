// Makes a checkout ready to run on a machine that has only Node and npm. Plain JavaScript, for the
// machine's own Node (18 or later) runs it. Each step is done once, and again only when it is out of date.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findChromium } from "./chromium.mjs";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const windows = process.platform === "win32";
const venv = join(root, ".venv");
const python = join(venv, windows ? "Scripts/python.exe" : "bin/python");
const examples = join(venv, "examples");
const requirements = join(root, "scripts/requirements.txt");

/** Something a person must put right: shown without a stack. */
export class SetupError extends Error {}

/** Installs what the package-lock.json of a folder names, unless exactly that is there already. */
export function installPackages(folder = root) {
  if (isInstalled(folder)) return;
  say(`installing npm packages in ${folder} (once, up to a minute)`);
  npmInstall(folder);
  // Under a Node below 22, npm leaves out optional packages that want a newer one: vitest's compiler is
  // one. Now that the project's own Node is there, again under that.
  const old = Number.parseInt(process.versions.node, 10) < 22;
  if (old) npmInstall(folder, `${dirname(projectNode())}${delimiter}${process.env.PATH}`);
}

function npmInstall(folder, path = process.env.PATH) {
  // Not `npm ci`: it refuses a lockfile that leaves out the packages of other platforms, which npm writes when
  // a registry lacks them. --no-save installs what the lockfile says, and never writes it.
  // --include=dev: whatever NODE_ENV says, the development packages are what runs the tests.
  const { status } = run("npm", ["install", "--no-save", "--include=dev", "--loglevel=error"], {
    cwd: folder,
    env: { ...process.env, PATH: path },
    shell: windows,
  });
  if (status !== 0) throw new SetupError(`"npm install" failed in ${folder}; its words are above`);
}

/** Compares versions, not dates: true also after somebody ran npm by hand. */
function isInstalled(folder) {
  const wanted = readJson(join(folder, "package-lock.json"))?.packages;
  const present = readJson(join(folder, "node_modules/.package-lock.json"))?.packages;
  if (!wanted || !present) return false;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === "" || present[path]?.version === version || (optional && !present[path]),
  );
}

/**
 * The Node the project runs under: the one that its own `node` package brings. npm may have been told not
 * to run that package's install script; then it is run here.
 */
export function projectNode() {
  const folder = join(root, "node_modules/node");
  const node = join(folder, `bin/node${windows ? ".exe" : ""}`);
  if (!existsSync(node)) {
    say("fetching the project's own Node (once)");
    run("node", ["installArchSpecificPackage.js"], { cwd: folder });
  }
  if (existsSync(node)) return node;
  if (Number.parseInt(process.versions.node, 10) >= 24) return process.execPath;
  throw new SetupError(
    'the npm package "node" could not fetch Node 24; install Node 24 and try again',
  );
}

/**
 * Makes the Python environment in which the interop tests find the real peers.
 * @returns why it could not, or undefined.
 */
export function installPython() {
  const stamp = join(venv, ".installed");
  const wanted = readFileSync(requirements, "utf8");
  if (existsSync(python) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted)
    return undefined;

  const system = ["python3", "python"].find((name) =>
    runs(name, ["-c", "import sys; sys.version_info >= (3, 8) or sys.exit(1)"]),
  );
  if (!system) return "there is no Python 3 here";
  say("installing Pyro4 and Pyro5 into .venv for the interop tests (once, up to a minute)");
  if (!runs(python, ["-m", "pip", "--version"]) && !makeVenv(system)) {
    return `"${system} -m venv" does not work here (Debian and Ubuntu: apt-get install python3-venv)`;
  }
  const { status } = run(python, [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--retries=2",
    "-r",
    requirements,
  ]);
  if (status !== 0) return "pip could not install the peers (its words are above)";
  writeFileSync(stamp, wanted);
  return undefined;
}

/**
 * Fetches Pyro's own example programs, which only its source distributions have, into .venv/examples/pyro4 and pyro5.
 * Needs what `installPython` made.
 * @returns why it could not, or undefined.
 */
export function installExamples() {
  const sources = readFileSync(requirements, "utf8").match(/^Pyro[45]==.*$/gm) ?? [];
  const stamp = join(examples, ".installed");
  const wanted = sources.join("\n");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return undefined;
  say("fetching the examples of Pyro4 and Pyro5 into .venv (once)");
  const fetched = mkdtempSync(join(venv, "sources-"));
  try {
    const download = ["download", "--quiet", "--disable-pip-version-check", "--retries=2"];
    const { status } = run(python, [
      ...["-m", "pip", ...download, "--no-deps", "--no-binary=:all:", "-d", fetched],
      ...sources,
    ]);
    if (status !== 0) return "pip could not fetch them (its words are above)";
    rmSync(examples, { recursive: true, force: true });
    const unpacked = run(python, [join(root, "scripts/unpack-examples.py"), fetched, examples]);
    if (unpacked.status !== 0) return "they could not be unpacked (the reason is above)";
    writeFileSync(stamp, wanted);
    return undefined;
  } finally {
    rmSync(fetched, { recursive: true, force: true });
  }
}

/** The one line that says how to get the tests of Pyro's examples. */
export function howToGetExamples(reason) {
  return `tests with Pyro's own example programs are skipped: ${reason}. To run them: npm test, with a package registry in reach`;
}

/**
 * Makes sure of an OpenSSH server, which the tests of tunnels run for themselves.
 * @returns why it could not, or undefined.
 */
export function installSshServer() {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  const has = (program) => folders.some((folder) => existsSync(join(folder, program)));
  if (windows) return "tunnels want a POSIX system";
  if (has("sshd") && has("ssh")) return undefined;
  return installDebianPackage("openssh-server", "openssh-client")
    ? undefined
    : "there is no OpenSSH server here (Debian and Ubuntu: apt-get install openssh-server)";
}

/**
 * Makes sure of a Chromium, which the tests of pages drive.
 * @returns why it could not, or undefined.
 */
export function installChromium() {
  if (findChromium() || (installDebianPackage("chromium", "fonts-dejavu-core") && findChromium()))
    return undefined;
  return "there is no Chromium here (Debian: apt-get install chromium; elsewhere install Chromium or Chrome, or let CHROME_PATH name one)";
}

function makeVenv(system) {
  const attempt = () => {
    rmSync(venv, { recursive: true, force: true });
    return runs(system, ["-m", "venv", venv]);
  };
  if (attempt()) return true;
  rmSync(venv, { recursive: true, force: true }); // a half-made one would look like a whole one
  // The system's own Python is the one that Debian's package completes.
  return (
    installDebianPackage("python3-venv") &&
    (attempt() || runs("/usr/bin/python3", ["-m", "venv", venv]))
  );
}

/** Installs packages of Debian, where this is one and we may. Returns whether they are there. */
function installDebianPackage(...names) {
  const may = process.getuid?.() === 0 && runs("apt-get", ["--version"]);
  if (!may) return false;
  say(`installing ${names.join(" and ")} with apt-get (once)`);
  const install = () =>
    runs("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...names]);
  return install() || (runs("apt-get", ["update", "-qq"]) && install());
}

/** The one line that says how to get the interop tests. */
export function howToGetPython(reason) {
  return `interop tests are skipped: ${reason}. To run them: python3 -m venv .venv && .venv/bin/python -m pip install -r scripts/requirements.txt && npm test`;
}

export const say = (text) => console.error(`bunsen: ${text}`);

const run = (command, args, options = {}) =>
  spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", 2, 2], // standard output is the command's own
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    ...options,
  });

const runs = (command, args) => run(command, args, { stdio: "ignore" }).status === 0;

function readJson(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}
