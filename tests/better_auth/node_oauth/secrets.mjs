// How Better Auth itself reads BETTER_AUTH_SECRETS: a JSON list of texts on standard input, the answer to each on standard
// output, as [[version, secret], …] or null where it throws.

import { parseSecretsEnv, validateSecretsArray } from "./node_modules/better-auth/dist/context/secret-utils.mjs";

function read(text) {
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
process.stdout.write(JSON.stringify(JSON.parse(input).map(read)));
