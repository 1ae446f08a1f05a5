// A real Better Auth server that issues every kind of JWT it has, for the tests that distinguish them.
//
//   BETTER_AUTH_SECRET=… node server.mjs --configuration jwks-cookie|secret-cookie|secret-api [--port N]
//
// The first two have API tokens with a custom payload (scope and permissions beside the user), an OAuth 2.1 provider with
// one confidential client and two that introspect tokens, `admin()` roles, and session cookies that are JWTs. The cookies
// are signed with a key of the JWKS, or with HS256 and the secret. In the third the API tokens are signed with HS256 and
// the secret that Better Auth uses, from BETTER_AUTH_SECRET or BETTER_AUTH_SECRETS.
//
// Loopback only, everything in memory. Once it listens it prints one line: {"origin":…,"baseURL":…,"client":…, …}. It
// exits on SIGTERM and when its standard input closes, so that it cannot outlive the test run that holds the other end.

import { once } from "node:events";
import { createServer } from "node:http";
import { parseArgs } from "node:util";

import { oauthProvider } from "@better-auth/oauth-provider";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { toNodeHandler } from "better-auth/node";
import { admin, bearer, jwt } from "better-auth/plugins";
import { SignJWT } from "jose";

const RESOURCE = "https://api.example.com";
const REDIRECT_URI = "https://client.example.com/callback";
const SCOPES = ["openid", "profile", "email", "offline_access", "tasks:read", "tasks:write"];
const OWNER = { email: "owner@example.com", password: "correct horse battery staple", name: "Owner", role: ["admin", "support"] };

const TABLES = ["user", "session", "account", "verification", "jwks"];
const OAUTH_TABLES = ["oauthClient", "oauthResource", "oauthClientResource", "oauthAccessToken", "oauthRefreshToken"];
const MORE_OAUTH_TABLES = ["oauthConsent", "oauthClientAssertion", "oauthApplication"];

/** The options of `jwt()` in each configuration, and whether the OAuth provider, which requires its keys, is enabled. */
const CONFIGURATIONS = {
  "jwks-cookie": () => ({ jwtOptions: { sessionCookieCache: true }, hasProvider: true }),
  "secret-cookie": () => ({ jwtOptions: {}, hasProvider: true }),
  "secret-api": ({ origin, currentSecret }) => ({
    jwtOptions: {
      // Better Auth accepts a custom signer only together with these two options. The signer uses neither.
      jwks: { remoteUrl: `${origin}/no-key-set`, keyPairConfig: { alg: "EdDSA" } },
      jwt: { sign: async (claims) => signWithSecret(claims, await currentSecret()) },
    },
    hasProvider: false,
  }),
};

function signWithSecret(claims, secret) {
  return new SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(new TextEncoder().encode(secret));
}

function customPayload({ user }) {
  return { ...user, scope: "tasks:read", permissions: { task: ["create", "read"] } };
}

function createProvider() {
  return oauthProvider({
    loginPage: "/sign-in",
    consentPage: "/consent",
    scopes: SCOPES,
    resources: [{ identifier: RESOURCE, name: "api" }],
    enforcePerClientResources: false,
    silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
  });
}

function createAuth({ configuration, origin }) {
  const tables = [...TABLES, ...OAUTH_TABLES, ...MORE_OAUTH_TABLES];
  const currentSecret = async () => (await auth.$context).secret;
  const { jwtOptions, hasProvider } = CONFIGURATIONS[configuration]({ origin, currentSecret });
  const auth = betterAuth({
    baseURL: origin, // Better Auth reads the secret from the environment
    database: memoryAdapter(Object.fromEntries(tables.map((table) => [table, []]))),
    emailAndPassword: { enabled: true },
    session: { cookieCache: { enabled: true, strategy: "jwt" } },
    plugins: [
      jwt({ ...jwtOptions, jwt: { definePayload: customPayload, ...jwtOptions.jwt } }),
      bearer(),
      admin(),
      ...(hasProvider ? [createProvider()] : []),
    ],
    rateLimit: { enabled: false }, // a test run is one busy client
    telemetry: { enabled: false },
    logger: { level: "error" },
  });
  return auth;
}

/** Returns the headers of the owner, who has two roles, for requests of an administrator. */
async function signInOwner(auth, origin) {
  const { email, password } = OWNER;
  const { headers } = await auth.api.signInEmail({ body: { email, password }, returnHeaders: true });
  const cookie = headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");
  return new Headers({ cookie, origin });
}

/** Registers the client of a front end. */
async function registerClient(auth, headers) {
  const client = await auth.api.adminCreateOAuthClient({
    headers,
    body: {
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: "client_secret_post",
      grant_types: ["authorization_code", "refresh_token", "client_credentials"],
      scope: SCOPES.join(" "),
      skip_consent: true,
    },
  });
  return { id: client.client_id, secret: client.client_secret, redirectURI: REDIRECT_URI, resource: RESOURCE };
}

/** Registers a client of an API, which only introspects tokens, and links it to the resource if `isLinked`. */
async function registerAPI(auth, headers, isLinked) {
  const client = await auth.api.adminCreateOAuthClient({
    headers,
    body: { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: "client_secret_basic" },
  });
  if (isLinked) {
    await auth.api.adminLinkClientResource({ headers, params: { identifier: RESOURCE, client_id: client.client_id } });
  }
  return { id: client.client_id, secret: client.client_secret };
}

async function registerClients(auth, origin) {
  const headers = await signInOwner(auth, origin);
  return {
    client: await registerClient(auth, headers),
    linkedAPI: await registerAPI(auth, headers, true),
    otherAPI: await registerAPI(auth, headers, false),
  };
}

function readCommandLine() {
  const { values } = parseArgs({
    options: { configuration: { type: "string", default: "jwks-cookie" }, port: { type: "string", default: "0" } },
  });
  if (!Object.hasOwn(CONFIGURATIONS, values.configuration)) {
    throw new Error(`--configuration must be one of: ${Object.keys(CONFIGURATIONS).join(", ")}`);
  }
  if (!process.env.BETTER_AUTH_SECRET && !process.env.BETTER_AUTH_SECRETS) {
    throw new Error("BETTER_AUTH_SECRET or BETTER_AUTH_SECRETS must be set");
  }
  return { configuration: values.configuration, port: Number(values.port) };
}

function exitWhenStdinCloses(server) {
  const stop = () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  };
  process.on("SIGTERM", stop);
  process.stdin.on("close", stop).resume();
}

async function main() {
  const { configuration, port } = readCommandLine();
  const server = createServer();
  server.listen(port, "127.0.0.1");
  await once(server, "listening");

  // Better Auth writes its origin into every token, so the port must be bound before the instance is created.
  const origin = `http://127.0.0.1:${server.address().port}`;
  const auth = createAuth({ configuration, origin });
  server.on("request", toNodeHandler(auth));
  exitWhenStdinCloses(server);
  await auth.api.createUser({ body: OWNER });
  const clients = auth.api.adminCreateOAuthClient ? await registerClients(auth, origin) : { client: null };
  process.stdout.write(`${JSON.stringify({ origin, baseURL: `${origin}/api/auth`, ...clients })}\n`);
}

await main();
