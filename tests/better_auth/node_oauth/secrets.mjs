// Parses values of BETTER_AUTH_SECRETS with the parser of Better Auth. Reads a JSON list of values from standard input, and
// writes the result for each to standard output: [[version, secret], …], or null if the parser throws.

import { parseSecretsEnv, validateSecretsArray } from "./node_modules/better-auth/dist/context/secret-utils.mjs";

function parseSecrets(text) {
  try {
    const secrets = parseSecretsEnv(text);
    validateSecretsArray(secrets, { warn: () => {} });
    return secrets.map(({ version, value }) => [version, value]);
  } catch {
    return null;
  }
}

let input = "";
for await (const chunk of process.stdin) {
  input += chunk;
}
process.stdout.write(JSON.stringify(JSON.parse(input).map(parseSecrets)));
