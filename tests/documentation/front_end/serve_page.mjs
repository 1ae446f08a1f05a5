// The front end of the page on Better Auth: its TypeScript, built by esbuild and served on one origin. Loopback only.
//
//   BETTER_AUTH_SECRET=… DATABASE_URL=… node serve_page.mjs --sources FOLDER --packages FOLDER --esbuild FILE
//
// FOLDER of the sources has the files of the page. Once it listens, it prints its origin. Beside Better Auth it serves
//   GET /?api=ORIGIN               an empty page whose scripts put `authClient`, `callApi` and `readUser` of the quick
//                                  start into `window`;
//   GET /server?api=ORIGIN&path=…  the answer of `callApiFromServer(path)`.
// It ends when its standard input closes.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: Object.fromEntries(["sources", "packages", "esbuild"].map((name) => [name, { type: "string" }])),
});
const { build } = await import(pathToFileURL(options.esbuild).href);
const HEADERS = "export const headers = async () => globalThis.requestHeaders;"; // in place of Next.js

const standIns = {
  name: "stand-ins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@\// }, ({ path: name }) => ({ path: path.join(options.sources, `${name.slice(2)}.ts`) }));
    onResolve({ filter: /^next\/headers$/ }, () => ({ path: "headers", namespace: "stand-in" }));
    onLoad({ filter: /./, namespace: "stand-in" }, () => ({ contents: HEADERS }));
  },
};

function bundle(contents, more) {
  return build({
    stdin: { contents, resolveDir: options.sources, loader: "ts" },
    bundle: true,
    format: "esm",
    target: "es2022",
    nodePaths: [options.packages],
    plugins: [standIns],
    logLevel: "error",
    ...more,
  });
}

async function loadServer() {
  const outfile = path.join(options.sources, "server.mjs");
  await bundle(
    `export * from "@/app/api/auth/[...all]/route"; export * from "@/lib/auth"; export * from "@/lib/server-api";
     export { getMigrations } from "better-auth/db/migration"; export { toNodeHandler } from "better-auth/node";`,
    {
      platform: "node",
      outfile,
      external: ["pg-native"],
      banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    },
  );
  return import(pathToFileURL(outfile).href);
}

/** Returns the script of the page: the page imports from `better-auth/react`, the script does without React. */
async function bundleClient(api) {
  const { outputFiles } = await bundle(
    `import { authClient } from "@/lib/auth-client"; import { callApi } from "@/lib/api";
     Object.assign(window, { authClient, callApi });`,
    {
      platform: "browser",
      write: false,
      alias: { "better-auth/react": "better-auth/client" },
      define: { "process.env.NEXT_PUBLIC_API_URL": JSON.stringify(api) },
    },
  );
  return outputFiles[0].text;
}

/** Returns the script of `lib/api.ts` of the quick start. */
async function bundleQuickStart(api) {
  const code = await readFile(path.join(options.sources, "lib/quick-start.ts"), "utf8");
  const contents = `${code.replaceAll("http://localhost:8000", api)}\nObject.assign(window, { readUser });`;
  const { outputFiles } = await bundle(contents, { platform: "browser", write: false });
  return outputFiles[0].text;
}

async function respond(request, server) {
  const { pathname, searchParams } = new URL(request.url);
  process.env.NEXT_PUBLIC_API_URL = searchParams.get("api") ?? "";
  if (pathname.startsWith("/api/auth/")) {
    return server[request.method](request);
  }
  if (pathname === "/server") {
    globalThis.requestHeaders = request.headers;
    return server.callApiFromServer(searchParams.get("path"));
  }
  const scripts = [await bundleClient(searchParams.get("api")), await bundleQuickStart(searchParams.get("api"))];
  const modules = scripts.map((script) => `<script type="module">${script}</script>`).join("");
  const body = `<!doctype html><link rel="icon" href="data:,">${modules}`;
  return new Response(body, { headers: { "content-type": "text/html; charset=utf-8" } });
}

const listener = createServer();
listener.listen(0, "127.0.0.1");
await once(listener, "listening");
const origin = `http://127.0.0.1:${listener.address().port}`;
process.env.BETTER_AUTH_URL = origin; // before the instance of Better Auth is created
const server = await loadServer();
await (await server.getMigrations(server.auth.options)).runMigrations();

listener.on("request", server.toNodeHandler((request) => respond(request, server)));
process.stdin.on("close", () => process.exit(0)).resume();
process.stdout.write(`${origin}\n`);
