import { type Browser, chromium } from "playwright-core";
import { findChromium } from "./chromium.mjs";

/** What starting may take, in milliseconds, on a machine that is busy. */
const START_MS = 120_000;

/**
 * Starts the system's Chromium, without a window. It can find no host by name but `localhost`.
 * @param args - More switches of its command line.
 */
export async function launchChromium(args: readonly string[] = []): Promise<Browser> {
  const path = findChromium();
  if (path === undefined) throw new Error("no Chromium here: run npm test, or set CHROME_PATH");
  return await chromium.launch({
    executablePath: path,
    chromiumSandbox: process.getuid?.() !== 0, // which Chromium refuses to be root's
    args: [
      "--disable-dev-shm-usage", // it is small in containers
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
      ...args,
    ],
    timeout: START_MS,
    // It ends with whoever started it.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}
