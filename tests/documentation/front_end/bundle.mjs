// Bundles a TypeScript file of the pages into one that Node runs.
//
//   node bundle.mjs --entry FILE --outfile FILE --packages FOLDER --esbuild FILE

import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const names = ["entry", "outfile", "packages", "esbuild"];
const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: "string" }])) });
const { build } = await import(pathToFileURL(values.esbuild).href);

await build({
  entryPoints: [values.entry],
  outfile: values.outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "es2022",
  nodePaths: [values.packages],
  external: ["pg-native", "libsql"], // the second loads its native part from its own folder
  banner: { js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);' },
  logLevel: "error",
});
