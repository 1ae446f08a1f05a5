// Performs the steps of two users at the page of the to-do list in a real browser.
//
//   node todo_page.mjs --page http://127.0.0.1:PORT --backend http://127.0.0.1:PORT --credential jwt|cookie
//                      --chromium FILE --profile FOLDER --screenshots FOLDER
//
// Prints one line of JSON: what the page shows after each step, and the requests to the backend by what they carried;
// never a credential. Exits when its standard input closes, so that it cannot outlive the test run that holds the other end.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { parseArgs } from "node:util";

import { exitWhenStdinCloses, openBrowser } from "./browser.mjs";

const DESKTOP = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 844 };
const PASSWORD = "correct horse battery staple";
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TOKEN_LIFETIME_MINUTES = 15;

function readCommandLine() {
  const names = ["page", "backend", "credential", "chromium", "profile", "screenshots"];
  const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: "string" }])) });
  for (const name of names) {
    if (!values[name]) {
      throw new Error(`--${name} must be given`);
    }
  }
  return { ...values, executablePath: values.chromium };
}

/** Lets requests to the page and to the backend through, and counts those to the backend by what they carry. */
async function handleRequest(route, { page, backend }, traffic) {
  const request = route.request();
  const { origin, pathname, protocol } = new URL(request.url());
  if (origin === page) {
    traffic.tokens += pathname === "/api/auth/token" ? 1 : 0;
    await route.continue();
  } else if (origin === backend && traffic.isBackendAway) {
    await route.abort("connectionrefused");
  } else if (origin === backend) {
    await route.continue();
  } else if (protocol !== "data:") {
    traffic.aborted.push(origin + pathname);
    await route.abort();
  }
}

/** Counts a request to the backend by the credential that it carried; a preflight carries none. */
async function countCredential(request, { backend }, traffic) {
  if (new URL(request.url()).origin === backend && request.method() !== "OPTIONS") {
    const headers = await request.allHeaders();
    const carried = ["authorization", "cookie"].filter((name) => name in headers).join(" and ") || "nothing";
    traffic.carried[carried] = (traffic.carried[carried] ?? 0) + 1;
  }
}

/** The page, with the actions of a user. */
class TodoPage {
  constructor(page, { screenshots, credential, page: origin }) {
    this.page = page;
    this.address = `${origin}/?credential=${credential}`;
    this.file = (name) => path.join(screenshots, `todo-${credential}-${name}.png`);
    this.accessibility = [];
  }

  async open() {
    await this.page.goto(this.address);
    await this.page.getByRole("heading", { level: 1 }).waitFor();
  }

  /** Changes from the form for signing in to the form for a new account. */
  async openSignUp() {
    await this.page.getByRole("button", { name: "Create an account" }).click();
    await this.page.getByRole("heading", { name: "Create an account" }).waitFor();
  }

  async createAccount(name, email) {
    await this.page.getByLabel("Name").fill(name);
    await this.fillAndSubmit(email, PASSWORD);
    await this.isLoaded();
  }

  async signIn(email, password = PASSWORD) {
    await this.fillAndSubmit(email, password);
    await this.isLoaded();
  }

  /** Signs in with a wrong password and returns the error. */
  async signInWrongly(email) {
    await this.fillAndSubmit(email, "a wrong password");
    const error = this.page.locator("#entry-error:not(:empty)");
    await error.waitFor();
    return error.innerText();
  }

  async fillAndSubmit(email, password) {
    await this.page.getByLabel("E-mail").fill(email);
    await this.page.getByLabel("Password", { exact: true }).fill(password);
    await this.page.keyboard.press("Enter");
  }

  async signOut() {
    await this.page.getByRole("button", { name: "Sign out" }).click();
    await this.page.locator("#entry-notice:not(:empty)").waitFor();
  }

  async isLoaded() {
    await this.page.locator("#app[data-state=loaded]").waitFor();
  }

  /** Types a task and presses Enter; the field keeps the focus. */
  async add(title) {
    await this.page.getByLabel("New task").click();
    await this.page.keyboard.type(title);
    await this.page.keyboard.press("Enter");
    await this.page.getByRole("checkbox", { name: title }).waitFor();
    await this.page.locator("#new-title:focus").waitFor();
  }

  /** Ticks a task with the keyboard, and waits for the answer of the backend. */
  async tick(title) {
    const stored = this.page.waitForResponse((response) => response.request().method() === "PATCH" && response.ok());
    await this.page.getByRole("checkbox", { name: title }).focus();
    await this.page.keyboard.press("Space");
    await stored;
    await this.page.locator("#done-list").getByRole("checkbox", { name: title }).waitFor();
  }

  /** Deletes a task with the mouse, and waits until it is gone. */
  async delete(title) {
    await this.page.getByRole("listitem").filter({ hasText: title }).hover();
    await this.page.getByRole("button", { name: `Delete ${title}` }).click();
    await this.page.getByRole("checkbox", { name: title }).waitFor({ state: "detached" });
  }

  async undo(title) {
    await this.page.getByRole("button", { name: "Undo" }).click();
    await this.page.getByRole("checkbox", { name: title }).waitFor();
  }

  async reload() {
    await this.page.reload();
    await this.isLoaded();
  }

  async readTitles(list) {
    return this.page.locator(`#${list}-list .title`).allInnerTexts();
  }

  /** Returns what the page shows: the user, the tasks, and the text about them. */
  async read() {
    return {
      user: await this.page.locator("#user-email").textContent(),
      open: await this.readTitles("open"),
      done: await this.readTitles("done"),
      summary: await this.page.locator("#summary").innerText(),
      isEmpty: await this.page.locator("#empty").isVisible(),
    };
  }

  /** Returns the error above the list, once it is shown. */
  async readBanner() {
    await this.page.locator("#banner").waitFor();
    return this.page.locator("#banner-title").innerText();
  }

  /** Takes a screenshot, checks the accessibility, and records whether the page is wider than the screen. */
  async capture(name, { viewport = DESKTOP, colorScheme = "light" } = {}) {
    await this.page.setViewportSize(viewport);
    await this.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await this.page.mouse.move(0, 0);
    await this.page.evaluate(() => document.fonts.ready);
    await this.page.screenshot({ path: this.file(name), fullPage: true });
    await this.page.evaluate(AXE); // not as a script of the page, whose policy refuses it
    const { violations } = await this.page.evaluate(() => axe.run());
    const problems = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(", ")}`);
    if (await this.page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) {
      problems.push("wider than the screen");
    }
    this.accessibility.push(...problems.map((problem) => `${name}: ${problem}`));
  }
}

/** The first user: an account, three tasks of which one is done and one deleted, and a reload. */
async function useList(todo, report) {
  await todo.open();
  await todo.capture("sign-in");
  report.unknownUser = await todo.signInWrongly("ada@example.com");
  await todo.openSignUp();
  await todo.capture("sign-up", { viewport: PHONE });
  await todo.createAccount("Ada Lovelace", "ada@example.com");
  report.created = await todo.read();
  await todo.capture("empty");
  for (const title of ["Write the first program", "Order punched cards", "Answer Mr Babbage"]) {
    await todo.add(title);
  }
  await todo.tick("Write the first program");
  await todo.delete("Order punched cards");
  report.used = await todo.read();
  report.focusAfterDelete = await todo.page.locator(":focus").getAttribute("aria-label");
  await todo.capture("deleted");
  await todo.undo("Order punched cards");
  report.undone = await todo.read();
  await todo.delete("Order punched cards");
  await todo.reload();
  report.reloaded = await todo.read();
}

async function captureList(todo) {
  for (const title of ["Read the translation again", "Draw the diagram of the engine", "Buy oranges"]) {
    await todo.add(title);
  }
  await todo.tick("Read the translation again");
  await todo.page.locator(":focus").blur();
  await todo.capture("desktop-light");
  await todo.capture("desktop-dark", { colorScheme: "dark" });
  await todo.capture("phone-light", { viewport: PHONE });
  await todo.capture("phone-dark", { viewport: PHONE, colorScheme: "dark" });
  await todo.page.setViewportSize(DESKTOP);
  for (const title of ["Read the translation again", "Draw the diagram of the engine", "Buy oranges"]) {
    await todo.delete(title);
  }
}

/** The second user sees none of the tasks; the first one sees them again. */
async function changeUsers(todo, report) {
  await todo.signOut();
  report.wrongPassword = await todo.signInWrongly("ada@example.com");
  await todo.capture("wrong-password");
  await todo.capture("wrong-password-dark", { colorScheme: "dark" });
  await todo.openSignUp();
  await todo.createAccount("Grace Hopper", "grace@example.com");
  report.otherUser = await todo.read();
  await addUnusualTitles(todo, report);
  await todo.signOut();
  await todo.signIn("ada@example.com");
  report.firstUserAgain = await todo.read();
}

/** Titles that a page may interpret, or that do not fit into a line. */
async function addUnusualTitles(todo, report) {
  const titles = ["<img src=x onerror=alert(1)>", "M".repeat(200)];
  for (const title of titles) {
    await todo.add(title);
  }
  report.areTitlesText = JSON.stringify(await todo.readTitles("open")) === JSON.stringify(titles);
  await todo.capture("long-title", { viewport: PHONE });
  await todo.page.setViewportSize(DESKTOP);
}

async function losesBackend(todo, traffic, report) {
  traffic.isBackendAway = true;
  await todo.page.reload();
  report.backendAway = await todo.readBanner();
  await todo.capture("backend-away");
  traffic.isBackendAway = false;
  await todo.page.getByRole("button", { name: "Try again" }).click();
  await todo.isLoaded();
  report.backendBack = await todo.read();
}

/** The user changes to the other credential and back; both show the same list. */
async function changesCredential(todo, { credential }, report) {
  const other = { jwt: "Cookies", cookie: "JWT" }[credential];
  const names = { jwt: "JWT", cookie: "Cookies" };
  await todo.page.getByText(other, { exact: true }).click();
  await todo.isLoaded();
  report.otherCredential = await todo.read();
  await todo.page.getByText(names[credential], { exact: true }).click();
  await todo.isLoaded();
}

/** A token expires while the page is open, and is renewed; then the session ends elsewhere. */
async function endsSession(todo, browser, traffic, report) {
  await todo.page.clock.install();
  await todo.reload();
  const tokens = traffic.tokens;
  await todo.page.clock.fastForward(TOKEN_LIFETIME_MINUTES * 60_000);
  await todo.add("After a quarter of an hour");
  await todo.delete("After a quarter of an hour");
  report.renewedTokens = traffic.tokens - tokens;
  await browser.clearCookies();
  await todo.page.clock.fastForward(TOKEN_LIFETIME_MINUTES * 60_000);
  await todo.page.locator("#new-title").fill("Too late");
  await todo.page.keyboard.press("Enter");
  await todo.page.locator("#entry-notice:not(:empty)").waitFor();
  report.ended = await todo.page.locator("#entry-notice").innerText();
  report.endedFor = await todo.page.getByLabel("E-mail").inputValue();
  report.tasksAfterEnd = await todo.page.locator(".task").count();
  await todo.capture("session-ended");
}

async function main() {
  exitWhenStdinCloses();
  const commandLine = readCommandLine();
  const traffic = { tokens: 0, carried: {}, aborted: [], errors: [], isBackendAway: false };
  const options = { ...commandLine, viewport: DESKTOP, colorScheme: "light", locale: "en-GB" };
  const browser = await openBrowser(options, (route) => handleRequest(route, commandLine, traffic));
  const counted = [];
  browser.on("requestfinished", (request) => counted.push(countCredential(request, commandLine, traffic)));
  browser.on("weberror", (error) => traffic.errors.push(error.error().message));
  try {
    const todo = new TodoPage(await browser.newPage(), commandLine);
    const report = {};
    await useList(todo, report);
    await captureList(todo);
    await changeUsers(todo, report);
    await losesBackend(todo, traffic, report);
    await changesCredential(todo, commandLine, report);
    await endsSession(todo, browser, traffic, report);
    await Promise.all(counted);
    console.log(JSON.stringify({ ...report, accessibility: todo.accessibility, traffic }));
  } finally {
    await browser.close();
  }
}

await main();
