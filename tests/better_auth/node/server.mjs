// Real Better Auth servers for the end-to-end tests: fastjose must accept exactly the tokens that they issue.
//
//   BETTER_AUTH_SECRET=… node server.mjs --configuration NAME [--configuration NAME …] [--line 1.7|1.4]
//                                        [--port N] [--origin http://…] [--database-url postgresql://…|sqlite:///…]
//                                        [--redis-url redis://… [--redis-storage package|by-hand]]
//                                        [--revocations-url redis://…]
//
// One server for each named configuration of `configurations.mjs`, all in this process. Loopback only, everything in
// memory. With `--database-url`, the servers share this database, in which missing tables are created first. With
// `--redis-url`, they keep sessions and API keys in this Redis. `--revocations-url` is the Redis to which the
// configuration `revocation` writes ended sessions. Once they listen it prints one line:
// [{"configuration":…,"origin":…,"baseURL":…}, …]. It exits on SIGTERM and when its standard input closes, so that it
// cannot outlive the test run that holds the other end.
//
// `--origin` is the origin that users see, if the server is behind a proxy.
//
// Routes in addition to those of Better Auth:
//   GET  /mailbox          returns the messages that an e-mail provider would have delivered;
//   POST /sign             signs the claims of the body with the current key, for genuine tokens that must be rejected;
//   POST /create-api-key   creates an API key as the server, which may set `userId`, `permissions` and `remaining`;
//   POST /update-api-key   updates an API key as the server;
//   POST /make-admin       gives the user `userId` the role of an administrator;
//   POST /shorten-session  lets the session `token` expire in `seconds`, by Better Auth's own adapter.

import { once } from "node:events";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { parseArgs } from "node:util";

import { SqliteDialect } from "kysely";
import Sqlite from "libsql";
import pg from "pg";

import { configurations } from "./configurations.mjs";
import { secondaryStorageOptions } from "./secondary_storage.mjs";

const SQLITE = "sqlite://"; // followed by the absolute path
const SQLITE_LOCK_MS = 5000; // other processes read the file
const LINES = { 1.7: "better-auth", 1.4: "better-auth-1-4" };
const MIGRATIONS = { 1.7: "better-auth/db/migration", 1.4: "better-auth-1-4/db" };
const TABLES = [
  ...["user", "session", "account", "verification", "jwks", "organization", "member", "invitation", "rateLimit"],
  ...["apikey", "twoFactor"],
];
// Plural names, and names in snake_case, that a configuration may give to these tables.
const OTHER_TABLE_NAMES = [...TABLES.map((table) => `${table}s`), "two_factor", "two_factors"];

async function loadLine({ line, "redis-url": redisUrl }) {
  const name = LINES[line];
  const parts = ["", "/adapters/memory", "/node", "/plugins"].map((part) => import(name + part));
  const [{ betterAuth }, { memoryAdapter }, { toNodeHandler }, plugins] = await Promise.all(parts);
  const { getMigrations } = await import(MIGRATIONS[line]);
  const createApiKeyPlugin = await loadApiKeyPlugin(line, plugins, redisUrl);
  const table = configurations({ ...plugins, createApiKeyPlugin });
  return { betterAuth, memoryAdapter, toNodeHandler, getMigrations, configurations: table };
}

// API keys are a plugin of 1.4, and a package of their own for 1.7. Only the package knows organization-owned keys.
async function loadApiKeyPlugin(line, plugins, redisUrl) {
  const options = {
    enableSessionForAPIKeys: true,
    enableMetadata: true,
    keyExpiration: { minExpiresIn: 0 }, // days
    rateLimit: { enabled: false },
    storage: redisUrl ? "secondary-storage" : "database",
  };
  if (line === "1.4") {
    return (schema, overrides) => plugins.apiKey({ ...options, ...overrides, ...schema });
  }
  const { apiKey } = await import("@better-auth/api-key");
  const ofOrganizations = { ...options, configId: "organization", references: "organization" };
  return (schema, overrides) => apiKey([{ ...options, ...overrides, configId: "default" }, ofOrganizations], schema);
}

function createDatabase(databaseUrl, memoryAdapter) {
  if (databaseUrl?.startsWith(SQLITE)) {
    const database = new Sqlite(databaseUrl.slice(SQLITE.length), { timeout: SQLITE_LOCK_MS });
    return { dialect: new SqliteDialect({ database }), type: "sqlite" };
  }
  if (databaseUrl) {
    const pool = new pg.Pool({ connectionString: databaseUrl });
    // A connection that breaks while it is idle ends the process otherwise.
    pool.on("error", () => {});
    return pool.on("connect", (client) => client.on("error", () => {}));
  }
  return memoryAdapter(Object.fromEntries([...TABLES, ...OTHER_TABLE_NAMES].map((table) => [table, []])));
}

function commonOptions({ origin, secret, mailbox, database }) {
  return {
    baseURL: origin,
    basePath: "/api/auth",
    secret,
    database,
    emailAndPassword: { enabled: true },
    emailVerification: {
      sendVerificationEmail: async ({ user, token }) => void mailbox.push({ to: user.email, token }),
    },
    rateLimit: { enabled: false }, // a test run is one busy client
    telemetry: { enabled: false },
    logger: { level: "error" },
  };
}

function readCommandLine() {
  const { values } = parseArgs({
    options: {
      configuration: { type: "string", multiple: true, default: ["default"] },
      line: { type: "string", default: "1.7" },
      port: { type: "string", default: "0" },
      origin: { type: "string" },
      "database-url": { type: "string" },
      "redis-url": { type: "string" },
      "redis-storage": { type: "string", default: "package" },
      "revocations-url": { type: "string" },
    },
  });
  if (!Object.hasOwn(LINES, values.line)) {
    throw new Error(`--line must be one of: ${Object.keys(LINES).join(", ")}`);
  }
  if (!process.env.BETTER_AUTH_SECRET && !process.env.BETTER_AUTH_SECRETS) {
    throw new Error("BETTER_AUTH_SECRET or BETTER_AUTH_SECRETS must be set");
  }
  return { ...values, secret: process.env.BETTER_AUTH_SECRET || undefined };
}

function createRequestListener(auth, handleAuth, mailbox) {
  const testRoutes = {
    "/mailbox": async () => mailbox,
    "/sign": async (request) => auth.api.signJWT({ body: { payload: await json(request) } }),
    "/create-api-key": async (request) => auth.api.createApiKey({ body: await json(request) }),
    "/update-api-key": async (request) => auth.api.updateApiKey({ body: await json(request) }),
    "/make-admin": async (request) => {
      const { internalAdapter } = await auth.$context;
      return internalAdapter.updateUser((await json(request)).userId, { role: "admin" });
    },
    "/shorten-session": async (request) => {
      const { internalAdapter } = await auth.$context;
      const { token, seconds } = await json(request);
      const expiresAt = new Date(Date.now() + seconds * 1000);
      await internalAdapter.updateSession(token, { expiresAt });
      return { expiresAt };
    },
  };
  return async (request, response) => {
    if (!Object.hasOwn(testRoutes, request.url)) {
      return handleAuth(request, response);
    }
    try {
      const body = await testRoutes[request.url](request);
      response.setHeader("content-type", "application/json").end(JSON.stringify(body));
    } catch (error) {
      // Such as while the database is down. A rejected promise without a handler ends the process.
      console.error(error);
      response.writeHead(500).end();
    }
  };
}

async function startServer(configuration, release, commandLine) {
  const { port, origin, secret, "database-url": databaseUrl } = commandLine;
  const addOptions = release.configurations[configuration];
  if (!addOptions) {
    throw new Error(`--configuration must be one of: ${Object.keys(release.configurations).join(", ")}`);
  }
  const server = createServer();
  server.listen(Number(port), "127.0.0.1");
  await once(server, "listening");

  // Better Auth writes its origin into every token, so the port must be bound before the instance is created.
  const address = `http://127.0.0.1:${server.address().port}`;
  const database = createDatabase(databaseUrl, release.memoryAdapter);
  const revocationsUrl = commandLine["revocations-url"];
  const context = { origin: origin ?? address, secret, mailbox: [], database, revocationsUrl };
  const storage = secondaryStorageOptions(commandLine["redis-url"], commandLine["redis-storage"]);
  const options = { ...commonOptions(context), ...storage, ...addOptions(context) };
  if (databaseUrl) {
    await (await release.getMigrations(options)).runMigrations();
  }
  const auth = release.betterAuth(options);
  server.on("request", createRequestListener(auth, release.toNodeHandler(auth), context.mailbox));
  const ready = { configuration, origin: context.origin, baseURL: address + options.basePath };
  return { server, ready };
}

function exitWhenStdinCloses(servers) {
  const stop = () => {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
    process.exit(0);
  };
  process.on("SIGTERM", stop);
  process.stdin.on("close", stop).resume();
}

async function main() {
  const commandLine = readCommandLine();
  const release = await loadLine(commandLine);
  const running = [];
  for (const name of commandLine.configuration) {
    running.push(await startServer(name, release, commandLine)); // one after the other, as they may share a database
  }
  exitWhenStdinCloses(running.map(({ server }) => server));
  process.stdout.write(`${JSON.stringify(running.map(({ ready }) => ready))}\n`);
}

await main();
