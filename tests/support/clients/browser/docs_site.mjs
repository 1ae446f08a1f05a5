// Opens pages of the docs site on a screen and on a phone.
//
//   node docs_site.mjs --base http://127.0.0.1:PORT --pages FILE --screenshots FOLDER --chromium FILE --profile FOLDER
//
// FILE has one path a line. Prints one line of JSON: the requests to other hosts, the failed ones, the errors of scripts, the
// pages that are wider than the window, and what the search finds. Writes a screenshot of each page in each form into FOLDER.
// Exits when its standard input closes, so that it cannot outlive the test run that holds the other end.

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { exitWhenStdinCloses, openBrowser } from "./browser.mjs";
import { readCommandLine } from "./swagger_ui.mjs";

const FORMS = {
  screen: { viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: "light" },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
};

/** Lets requests to the site through, and aborts and lists the others. */
function onlyTo(base, foreign) {
  return (route) => {
    const url = route.request().url();
    if (new URL(url).origin === base) {
      return route.continue();
    }
    foreign.push(url);
    return route.abort();
  };
}

/** Returns whether the page is wider than the window; what scrolls by itself does not count. */
function isTooWide() {
  return document.documentElement.scrollWidth > window.innerWidth + 1;
}

/** Shows the page at `path` in each form: keeps a screenshot, and lists the forms in which it is too wide. */
async function visit(page, base, path, screenshots, wide) {
  await page.setViewportSize(FORMS.screen.viewport);
  await page.goto(`${base}/${path}`);
  for (const [form, { viewport, colorScheme }] of Object.entries(FORMS)) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    if (await page.evaluate(isTooWide)) {
      wide.push(`${form} ${path}`);
    }
    const name = `docs-${form}-${path.replaceAll("/", "_")}.png`;
    await page.screenshot({ path: join(screenshots, name) });
  }
}

/** Returns the addresses that the search of the site finds for `words`. */
async function search(page, base, words) {
  await page.setViewportSize(FORMS.screen.viewport);
  await page.goto(`${base}/`);
  await page.getByPlaceholder("Search").fill(words);
  const links = page.locator("a.md-search-result__link");
  await links.first().waitFor();
  return links.evaluateAll((found) => found.map((link) => new URL(link.href).pathname + new URL(link.href).hash));
}

async function main() {
  exitWhenStdinCloses();
  const options = readCommandLine("base", "pages", "screenshots", "chromium", "profile");
  const { base, pages, screenshots, chromium, profile } = options;
  const report = { visited: [], foreign: [], failed: [], errors: [], wide: [], found: [] };
  const browser = await openBrowser({ executablePath: chromium, profile }, onlyTo(base, report.foreign));
  const paths = (await readFile(pages, "utf8")).split("\n").filter(Boolean);
  const page = await browser.newPage();
  page.on("pageerror", (error) => report.errors.push(`${page.url()}: ${error.message}`));
  page.on("response", (response) => response.status() >= 400 && report.failed.push(response.url()));
  try {
    for (const path of paths) {
      await visit(page, base, path, screenshots, report.wide);
      report.visited.push(path);
    }
    report.found = await search(page, base, "audience_loopback_name");
    console.log(JSON.stringify(report));
  } finally {
    await browser.close();
  }
}

await main();
