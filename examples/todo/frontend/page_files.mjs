// The files of the page, bundled by esbuild when the server starts and kept in memory.

import { fileURLToPath } from "node:url";
import path from "node:path";
import { readFileSync } from "node:fs";

import { build } from "esbuild";

const FOLDER = fileURLToPath(new URL("page/", import.meta.url));
const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** Returns the files by path, each with its type; the page calls the backend at `backend`. */
export async function bundlePage(backend) {
  const { outputFiles } = await build({
    entryPoints: ["main.mjs", "style.css"],
    absWorkingDir: FOLDER,
    outdir: FOLDER,
    bundle: true,
    format: "esm",
    minify: true,
    target: "es2022",
    loader: { ".woff2": "file", ".woff": "empty" },
    assetNames: "[name]-[hash]",
    define: { BACKEND: JSON.stringify(backend) },
    write: false,
    logLevel: "error",
  });
  const bundled = outputFiles.map((file) => [`/${path.basename(file.path)}`, file.contents]);
  const copied = ["index.html", "icon.svg"].map((name) => [`/${name}`, readFileSync(FOLDER + name)]);
  return new Map([...bundled, ...copied].map(([name, body]) => [name, { type: TYPES[path.extname(name)], body }]));
}
