// Where this machine's Chromium is. Plain JavaScript: scripts/setup.mjs asks under whatever Node there is, the tests too.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "chrome.exe",
];
const ELSEWHERE = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/**
 * The path of a Chromium or Chrome that runs: what CHROME_PATH names, else the first on PATH, else where it is usually
 * installed; undefined where there is none.
 */
export function findChromium() {
  const named = process.env.CHROME_PATH;
  if (named) return named;
  const folders = (process.env.PATH ?? "").split(delimiter);
  const usual = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...usual, ...ELSEWHERE].find((path) => existsSync(path) && starts(path));
}

/** Ubuntu's `chromium-browser` may be a script that asks for snap. Chrome for Windows knows no `--version`. */
function starts(path) {
  return (
    process.platform === "win32" || spawnSync(path, ["--version"], { stdio: "ignore" }).status === 0
  );
}
