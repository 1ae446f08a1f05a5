// Performs the steps of a user at /docs in a real browser: GET /me, Authorize, sign in, and GET /me again.
//
//   node authorize.mjs --base http://127.0.0.1:PORT --chromium FILE --profile FOLDER
//
// Prints one line of JSON: the state of the page before and after sign-in, and its requests; never a token. Requests reach
// only the server at --base. Swagger UI, which the page loads from a CDN, is served from the npm package, and other requests
// are aborted. Exits when its standard input closes, so that it cannot outlive the test run that holds the other end.

import { exitWhenStdinCloses, openBrowser } from "./browser.mjs";
import { handleRequest, openDocs, readCommandLine, tryRoute } from "./swagger_ui.mjs";

const USERNAME = "ada";
const PASSWORD = "development";

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
  const { base, chromium, profile } = readCommandLine("base", "chromium", "profile");
  const traffic = { server: [], swaggerUi: [], aborted: [], pageErrors: 0 };
  const browser = await openBrowser({ executablePath: chromium, profile }, (route) =>
    handleRequest(route, [base], traffic),
  );
  browser.on("weberror", () => (traffic.pageErrors += 1));
  try {
    const guest = await openDocs(browser, base);
    const before = { locks: await readLocks(guest), me: await tryRoute(guest) };
    const page = await openDocs(browser, base);
    const dialog = await signIn(page);
    const after = { dialog, locks: await readLocks(page), me: await tryRoute(page) };
    console.log(JSON.stringify({ before, after, traffic }));
  } finally {
    await browser.close();
  }
}

await main();
