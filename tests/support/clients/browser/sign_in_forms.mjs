// Performs the steps of a user at /docs of an application with several forms of sign-in, and scripts of its pages and of
// those of another origin.
//
//   node sign_in_forms.mjs --base http://127.0.0.1:PORT --issuer http://127.0.0.1:PORT --chromium FILE --profile FOLDER
//
// Prints one line of JSON: what the page shows at each step, and the requests to both servers; never a token. Exits when its
// standard input closes, so that it cannot outlive the test run that holds the other end.

import { exitWhenStdinCloses, openBrowser } from "./browser.mjs";
import { handleRequest, openDocs, readCommandLine, tryRoute } from "./swagger_ui.mjs";

/** Opens the dialog of the Authorize button, and returns the form of the scheme `name`. */
async function openForm(page, name) {
  await page.getByRole("button", { name: "Authorize", exact: true }).click();
  return page.locator(".dialog-ux .auth-container", { has: page.locator("h4", { hasText: name }) });
}

/** Submits a form, waits until its scheme is authorized, and closes the dialog. */
async function submit(page, form) {
  await form.locator("button.authorize").click();
  await form.getByRole("button", { name: "Remove authorization" }).waitFor();
  await form.locator("button.btn-done").click();
  await page.locator(".dialog-ux").waitFor({ state: "detached" });
}

async function listForms(page) {
  await page.getByRole("button", { name: "Authorize", exact: true }).click();
  const titles = await page.locator(".dialog-ux .auth-container h4").allInnerTexts();
  await page.locator(".dialog-ux .close-modal").click();
  return titles.map((title) => title.trim().replace(/\s+/g, " "));
}

async function pasteToken(browser, base, token) {
  const guest = await openDocs(browser, base, "/pasted");
  const forms = await listForms(guest);
  const before = await tryRoute(guest, "/pasted");
  const page = await openDocs(browser, base, "/pasted");
  const form = await openForm(page, "Pasted");
  await form.locator("input").fill(token);
  await submit(page, form);
  return { forms, before, after: await tryRoute(page, "/pasted") };
}

async function signInAtIssuer(browser, base) {
  const before = await tryRoute(await openDocs(browser, base, "/issuer"), "/issuer");
  const page = await openDocs(browser, base, "/issuer");
  const form = await openForm(page, "OAuth2, authorizationCode");
  const clientId = await form.locator("#client_id_authorizationCode").inputValue();
  await form.getByText("select all").click();
  await submit(page, form);
  return { before, clientId, after: await tryRoute(page, "/issuer") };
}

/** Sends a request with the cookies of the browser, and returns its status; 0 if the page must not read it. */
function send(page, method, url) {
  const request = async ([method, url]) => (await fetch(url, { method, credentials: "include", mode: "no-cors" })).status;
  return page.evaluate(request, [method, url]);
}

/** Opens a WebSocket, and returns its first message, or "rejected". */
function openSocket(page, url, ...protocols) {
  const open = ([url, protocols]) =>
    new Promise((resolve) => {
      const socket = new WebSocket(url, protocols);
      socket.onmessage = (event) => resolve(event.data);
      socket.onerror = () => resolve("rejected");
    });
  return page.evaluate(open, [url, protocols]);
}

async function main() {
  exitWhenStdinCloses();
  const { base, issuer, chromium, profile } = readCommandLine("base", "issuer", "chromium", "profile");
  const traffic = { server: [], swaggerUi: [], aborted: [] };
  const browser = await openBrowser({ executablePath: chromium, profile }, (route) =>
    handleRequest(route, [base, issuer], traffic),
  );
  const sockets = base.replace("http", "ws");
  const statuses = [];
  browser.on("response", (response) => {
    if (new URL(response.url()).pathname === "/cookie") {
      statuses.push(`${response.request().method()} ${response.status()}`);
    }
  });
  try {
    const visitor = await openDocs(browser, base, "/cookie");
    const guest = {
      cookie: await tryRoute(visitor, "/cookie"),
      socket: await openSocket(visitor, `${sockets}/cookie-socket`),
    };
    const own = await openDocs(browser, base, "/cookie");
    const token = await own.evaluate(async () => (await fetch("/sign-in", { method: "POST" })).json());
    const pasted = await pasteToken(browser, base, token);
    const code = await signInAtIssuer(browser, base);
    const cookie = await tryRoute(own, "/cookie");
    const socket = await openSocket(own, `${sockets}/cookie-socket`);
    const subprotocol = await openSocket(own, `${sockets}/subprotocol-socket`, "bearer", token);
    await send(own, "POST", `${base}/cookie`);
    const other = await browser.newPage();
    await other.goto(`${issuer}/`);
    await send(other, "GET", `${base}/cookie`);
    await send(other, "POST", `${base}/cookie`);
    const otherSocket = await openSocket(other, `${sockets}/cookie-socket`);
    console.log(JSON.stringify({ guest, pasted, code, cookie, socket, subprotocol, otherSocket, statuses, traffic }));
  } finally {
    await browser.close();
  }
}

await main();
