// Performs the steps of a user at /docs in a real browser: GET /me, Authorize, sign in, and GET /me again.
//
//   node authorize.mjs --base http://127.0.0.1:PORT --chromium FILE --profile FOLDER
//
// Prints one line of JSON: the state of the page before and after sign-in, and its requests; never a token. Requests reach
// only the server at --base. Swagger UI, which the page loads from a CDN, is served from the npm package, and other requests
// are aborted. Exits when its standard input closes, so that it cannot outlive the test run that holds the other end.

import path from "node:path";
import { parseArgs } from "node:util";

import swaggerUiFolder from "swagger-ui-dist/absolute-path.js";

import { exitWhenStdinCloses, openBrowser } from "./browser.mjs";

const USERNAME = "ada";
const PASSWORD = "development";

const SWAGGER_UI = /^https:\/\/cdn\.jsdelivr\.net\/npm\/swagger-ui-dist@5[\d.]*\/([\w-]+\.(?:css|js))$/;

function readCommandLine() {
  const text = { type: "string" };
  const { values } = parseArgs({ options: { base: text, chromium: text, profile: text } });
  for (const name of ["base", "chromium", "profile"]) {
    if (!values[name]) {
      throw new Error(`--${name} must be given`);
    }
  }
  return { base: new URL(values.base).origin, executablePath: values.chromium, profile: values.profile };
}

/** Lets requests to `base` through, and records all in `traffic`. */
async function handleRequest(route, base, traffic) {
  const url = new URL(route.request().url());
  const file = SWAGGER_UI.exec(url.href)?.[1];
  if (url.origin === base) {
    traffic.server.push(`${route.request().method()} ${url.pathname}`);
    await route.continue();
  } else if (file) {
    traffic.swaggerUi.push(file);
    await route.fulfill({ path: path.join(swaggerUiFolder(), file) });
  } else {
    traffic.aborted.push(url.origin + url.pathname);
    await route.abort();
  }
}

/** Opens the page in a new tab, which is not signed in. */
async function openDocs(browser, base) {
  const page = await browser.newPage();
  await page.goto(`${base}/docs`);
  await operation(page, "GET", "/me").waitFor();
  return page;
}

function operation(page, method, route) {
  const title = page.locator(`.opblock-summary-path[data-path="${route}"]`);
  return page.locator(`.opblock-${method.toLowerCase()}`, { has: title });
}

/** Fills in the dialog of the Authorize button, and returns its title after sign-in. */
async function signIn(page) {
  await page.getByRole("button", { name: "Authorize", exact: true }).click();
  const dialog = page.locator(".dialog-ux");
  await dialog.getByLabel("username").fill(USERNAME);
  await dialog.getByLabel("password").fill(PASSWORD);
  await dialog.locator("button.authorize").click();
  await dialog.getByRole("button", { name: "Remove authorization" }).waitFor();
  const title = await dialog.locator(".auth-container h6").first().innerText();
  await dialog.locator("button.btn-done").click();
  await dialog.waitFor({ state: "detached" });
  return title;
}

/** Expands GET /me, presses "Try it out" and "Execute", and returns the response that the page shows. */
async function tryMe(page) {
  const me = operation(page, "GET", "/me");
  await me.locator(".opblock-summary-control").click();
  await me.getByRole("button", { name: "Try it out" }).click();
  await me.getByRole("button", { name: "Execute" }).click();
  const shown = me.locator(".live-responses-table tbody .response");
  const status = await shown.locator(".response-col_status").innerText();
  const body = await shown.locator(".response-col_description pre").first().innerText();
  return { status: Number.parseInt(status, 10), body: JSON.parse(body) };
}

/** Returns the state of the lock icon of each operation; null if an operation has no icon. */
async function readLocks(page) {
  const states = {};
  for (const block of await page.locator(".opblock").all()) {
    const method = await block.locator(".opblock-summary-method").innerText();
    const route = await block.locator(".opblock-summary-path").getAttribute("data-path");
    const lock = block.locator(".opblock-summary .authorization__btn");
    states[`${method} ${route}`] = (await lock.count()) ? await readLockState(lock) : null;
  }
  return states;
}

/** Returns "locked" or "unlocked", or "invisible" if the icon is hidden. */
async function readLockState(lock) {
  const label = await lock.getAttribute("aria-label");
  return (await lock.locator("svg").isVisible()) ? label.split(" ").at(-1) : "invisible";
}

async function main() {
  exitWhenStdinCloses();
  const commandLine = readCommandLine();
  const traffic = { server: [], swaggerUi: [], aborted: [], pageErrors: 0 };
  const browser = await openBrowser(commandLine, (route) => handleRequest(route, commandLine.base, traffic));
  browser.on("weberror", () => (traffic.pageErrors += 1));
  try {
    const guest = await openDocs(browser, commandLine.base);
    const before = { locks: await readLocks(guest), me: await tryMe(guest) };
    const page = await openDocs(browser, commandLine.base);
    const dialog = await signIn(page);
    const after = { dialog, locks: await readLocks(page), me: await tryMe(page) };
    console.log(JSON.stringify({ before, after, traffic }));
  } finally {
    await browser.close();
  }
}

await main();
