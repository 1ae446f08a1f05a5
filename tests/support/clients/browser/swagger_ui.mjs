// Steps of a user at the page /docs of an application, whose Swagger UI comes from the npm package.

import path from "node:path";
import { parseArgs } from "node:util";

import swaggerUiFolder from "swagger-ui-dist/absolute-path.js";

const SWAGGER_UI = /^https:\/\/cdn\.jsdelivr\.net\/npm\/swagger-ui-dist@5[\d.]*\/([\w-]+\.(?:css|js))$/;

/** Returns the options `names` of the command line, each of which must be given. */
export function readCommandLine(...names) {
  const text = { type: "string" };
  const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, text])) });
  for (const name of names) {
    if (!values[name]) {
      throw new Error(`--${name} must be given`);
    }
  }
  return values;
}

/** Lets requests to `origins` through, and records all in `traffic`. */
export async function handleRequest(route, origins, traffic) {
  const url = new URL(route.request().url());
  const file = SWAGGER_UI.exec(url.href)?.[1];
  if (origins.includes(url.origin)) {
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
export async function openDocs(browser, base, route = "/me") {
  const page = await browser.newPage();
  await page.goto(`${base}/docs`);
  await operation(page, "GET", route).waitFor();
  return page;
}

/** Returns the block of an operation. */
export function operation(page, method, route) {
  const title = page.locator(`.opblock-summary-path[data-path="${route}"]`);
  return page.locator(`.opblock-${method.toLowerCase()}`, { has: title });
}

/** Expands GET `route`, presses "Try it out" and "Execute", and returns the response that the page shows. */
export async function tryRoute(page, route = "/me") {
  const me = operation(page, "GET", route);
  await me.locator(".opblock-summary-control").click();
  await me.getByRole("button", { name: "Try it out" }).click();
  await me.getByRole("button", { name: "Execute" }).click();
  const shown = me.locator(".live-responses-table tbody .response");
  const status = await shown.locator(".response-col_status").innerText();
  const body = await shown.locator(".response-col_description pre").first().innerText();
  return { status: Number.parseInt(status, 10), body: JSON.parse(body) };
}
