// Uses the front end of the page on Better Auth in a real browser, as two users do.
//
//   node front_end.mjs --page http://127.0.0.1:PORT --backend http://127.0.0.1:PORT --chromium FILE --profile FOLDER
//     --blocks JSON
//
// `blocks` are two expressions of other pages: `fetch` with cookies, and `socket`, for which `token` is a token.
// Prints one line of JSON: what the backend answered after each step, and how many tokens were fetched until then. Exits
// when its standard input closes.

import { parseArgs } from "node:util";

import { exitWhenStdinCloses, openBrowser } from "./browser.mjs";

const PASSWORD = "correct horse battery staple";
const TOKEN_LIFETIME_MINUTES = 15;

function readCommandLine() {
  const names = ["page", "backend", "chromium", "profile", "blocks"];
  return parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: "string" }])) }).values;
}

async function openPage(browser, { page: origin, backend }) {
  const page = await browser.newPage();
  await page.clock.install();
  await page.goto(`${origin}/?api=${backend}`);
  await page.waitForFunction("window.callApi && window.readUser");
  return page;
}

function call(page, path) {
  return page.evaluate(async (route) => {
    const response = await window.callApi(route);
    return [response.status, await response.json()];
  }, path);
}

function signUp(page, name) {
  const account = { name, email: `${name.toLowerCase()}@example.com`, password: PASSWORD };
  return page.evaluate((values) => window.authClient.signUp.email(values), account);
}

function fetchWithCookies(page, code) {
  return page.evaluate(`(async () => { const response = ${code}; return [response.status, await response.json()]; })()`);
}

/** Returns the subprotocol and the first message, or the code of the end. */
function openSocket(page, code) {
  return page.evaluate(`(async () => {
    const { data: { token } } = await window.authClient.token();
    const socket = ${code};
    return new Promise((resolve) => {
      socket.onmessage = ({ data }) => resolve([socket.protocol, data]);
      socket.onclose = ({ code }) => resolve(["closed", code]);
    });
  })()`);
}

/** Waits until a call is answered as `name`: a session that changed in another tab takes a moment to arrive. */
async function waitForGreeting(page, name) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const [, { message }] = await call(page, "/hello");
    if (message === `Hello ${name}`) {
      return message;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the page was never greeted as ${name}`);
}

async function visit(commandLine) {
  let tokens = 0;
  const browser = await openBrowser({ ...commandLine, executablePath: commandLine.chromium }, async (route) => {
    tokens += new URL(route.request().url()).pathname === "/api/auth/token" ? 1 : 0;
    await route.continue();
  });
  const page = await openPage(browser, commandLine);
  const blocks = JSON.parse(commandLine.blocks);
  const report = { userOfGuest: await page.evaluate(() => window.readUser()), guest: [await call(page, "/hello"), await call(page, "/me")] };
  await signUp(page, "Ada");
  report.greeting = await waitForGreeting(page, "Ada");
  report.userOfQuickStart = await page.evaluate(() => window.readUser());
  report.cookies = await fetchWithCookies(page, blocks.fetch);
  report.socket = await openSocket(page, blocks.socket);
  tokens = 0;
  report.ada = await Promise.all([call(page, "/me"), call(page, "/me"), call(page, "/me")]);
  report.tokensOfThreeCalls = tokens;
  await page.clock.fastForward(TOKEN_LIFETIME_MINUTES * 60 * 1000);
  report.later = await Promise.all([call(page, "/me"), call(page, "/me")]);
  report.tokensAfterItsLifetime = tokens;
  report.server = await page.evaluate(async (query) => (await fetch(`/server?${query}`)).json(), serverQuery(commandLine));
  const otherTab = await openPage(browser, commandLine);
  await otherTab.evaluate(() => window.authClient.signOut());
  await signUp(otherTab, "Grace");
  report.afterChangeInOtherTab = await waitForGreeting(page, "Grace");
  await browser.close();
  return report;
}

const serverQuery = ({ backend }) => String(new URLSearchParams({ api: backend, path: "/me" }));

exitWhenStdinCloses();
process.stdout.write(JSON.stringify(await visit(readCommandLine())));
process.exit(0);
