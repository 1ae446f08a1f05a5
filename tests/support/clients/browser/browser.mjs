// A real browser for a test: Chromium from Debian, which reaches only the servers of the test.

import { chromium } from "playwright-core";

const STEP_MILLISECONDS = 120_000; // generous: reached only if an element never appears

const ARGUMENTS = [
  "--no-sandbox", // unavailable to root, as in CI; the only page is that of the project
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Ends the script when its standard input closes, so that it cannot outlive the test run that holds the other end. */
export function exitWhenStdinCloses() {
  process.stdin.once("end", () => process.exit(1)); // playwright closes the browser
  process.stdin.resume();
  process.stdin.unref(); // do not keep the script running
}

/** Opens a browser with an empty profile; `handleRequest(route)` decides about each request. */
export async function openBrowser({ executablePath, profile, ...options }, handleRequest) {
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: ARGUMENTS,
    ...options,
  });
  browser.setDefaultTimeout(STEP_MILLISECONDS);
  await browser.route("**/*", handleRequest);
  return browser;
}
