// A real Better Auth server, for the end-to-end tests: fastjose must take exactly what Better Auth hands to a browser.
//
//   BETTER_AUTH_SECRET=… node server.mjs --configuration default|shared-secret [--port N]
//
// Loopback only, everything in memory. Once it listens it prints one line: {"origin":…,"baseURL":…}. It ends on SIGTERM,
// and when its standard input closes, so that it cannot outlive the test run that holds the other end.
//
// Besides Better Auth's own routes there is GET /mailbox: the messages that an e-mail provider would have delivered.

import { once } from "node:events";
import { createServer } from "node:http";
import { parseArgs } from "node:util";

import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { toNodeHandler } from "better-auth/node";
import { bearer, jwt } from "better-auth/plugins";
import { SignJWT } from "jose";

const BASE_PATH = "/api/auth";
const TABLES = ["user", "session", "account", "verification", "jwks"];

/** The `jwt()` plugin in each configuration under test. */
const CONFIGURATIONS = {
  default: () => jwt(),
  "shared-secret": ({ origin, secret }) =>
    jwt({
      // Better Auth accepts a signer of one's own only together with these two. Neither is used for what it signs.
      jwks: { remoteUrl: `${origin}/no-key-set`, keyPairConfig: { alg: "EdDSA" } },
      jwt: { sign: (claims) => signWithSecret(claims, secret) },
    }),
};

function signWithSecret(claims, secret) {
  const key = new TextEncoder().encode(secret);
  return new SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(key);
}

function createAuth({ configuration, origin, secret, mailbox }) {
  return betterAuth({
    baseURL: origin,
    basePath: BASE_PATH,
    secret,
    database: memoryAdapter(Object.fromEntries(TABLES.map((table) => [table, []]))),
    emailAndPassword: { enabled: true },
    emailVerification: {
      sendVerificationEmail: async ({ user, token }) => void mailbox.push({ to: user.email, token }),
    },
    plugins: [CONFIGURATIONS[configuration]({ origin, secret }), bearer()],
    rateLimit: { enabled: false }, // a test run is one busy client
    telemetry: { enabled: false },
    logger: { level: "error" },
  });
}

function readCommandLine() {
  const { values } = parseArgs({
    options: {
      configuration: { type: "string", default: "default" },
      port: { type: "string", default: "0" },
    },
  });
  if (!Object.hasOwn(CONFIGURATIONS, values.configuration)) {
    throw new Error(`--configuration must be one of: ${Object.keys(CONFIGURATIONS).join(", ")}`);
  }
  if (!process.env.BETTER_AUTH_SECRET) {
    throw new Error("BETTER_AUTH_SECRET must be set");
  }
  return { configuration: values.configuration, port: Number(values.port), secret: process.env.BETTER_AUTH_SECRET };
}

function answerWith(handleAuth, mailbox) {
  return (request, response) => {
    if (request.url === "/mailbox") {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(mailbox));
    } else {
      handleAuth(request, response);
    }
  };
}

function endWith(server) {
  const stop = () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  };
  process.on("SIGTERM", stop);
  process.stdin.on("close", stop).resume();
}

async function main() {
  const { configuration, port, secret } = readCommandLine();
  const server = createServer();
  server.listen(port, "127.0.0.1");
  await once(server, "listening");

  // Better Auth writes its origin into every token, so the port must be known, and held, before it is made.
  const origin = `http://127.0.0.1:${server.address().port}`;
  const mailbox = [];
  const auth = createAuth({ configuration, origin, secret, mailbox });
  server.on("request", answerWith(toNodeHandler(auth), mailbox));
  endWith(server);
  process.stdout.write(`${JSON.stringify({ origin, baseURL: origin + BASE_PATH })}\n`);
}

await main();
