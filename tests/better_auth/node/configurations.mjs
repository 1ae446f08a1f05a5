// The configurations of Better Auth under test: each one issues a JWT and is realistic for an application. Each one runs
// in memory, and on PostgreSQL with `--database-url`.
//
// `configurations(plugins)` is a table: name → what its server adds to the common options, given its origin and secret.
// `plugins` are those of the release that runs.

import { SignJWT } from "jose";

import { createAdministrators, everything, everythingInSnakeCase } from "./everything.mjs";
import { revocationHooks } from "./revocation_hooks.mjs";
import { sessionConfigurations } from "./session_configurations.mjs";

const TWO_IN_A_MINUTE = { enabled: true, maxRequests: 2, timeWindow: 60_000 };
const OLD_SECRET = "a-former-secret-of-this-test-server-0123456789";

function signWithSecret(claims, secret) {
  const key = new TextEncoder().encode(secret);
  return new SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(key);
}

export function configurations(plugins) {
  const { jwt, bearer, admin, organization, createApiKeyPlugin } = plugins;
  const withJwt = (options) => ({ plugins: [jwt(options), bearer()] });
  const keys = (jwks) => () => withJwt({ jwks });
  const signing = (keyPairConfig) => keys({ keyPairConfig });
  const claims = (options) => () => withJwt({ jwt: options });
  const cookieCache = (cookieCache, jwtOptions) => ({
    ...withJwt(jwtOptions),
    session: { cookieCache: { enabled: true, maxAge: 300, ...cookieCache } },
  });
  const withBiography = { user: { additionalFields: { bio: { type: "string", required: false } } } };

  return {
    default: () => withJwt(),

    // --- URLs ---
    "no-baseurl": () => ({ ...withJwt(), baseURL: undefined }),
    "baseurl-with-path": ({ origin }) => ({ ...withJwt(), baseURL: `${origin}/api/auth` }),
    "base-path": () => ({ ...withJwt(), basePath: "/auth" }),
    "dynamic-baseurl": () => ({ ...withJwt(), baseURL: { allowedHosts: ["127.0.0.1:*"], protocol: "http" } }),
    "several-hosts": () => ({
      ...withJwt(),
      baseURL: { allowedHosts: ["127.0.0.1:*", "app.test", "other.test", "*.preview.test"], protocol: "http" },
    }),
    "jwks-path": keys({ jwksPath: "/.well-known/jwks.json" }),

    // --- Signing algorithms ---
    es256: signing({ alg: "ES256" }),
    es384: signing({ alg: "ES384" }),
    es512: signing({ alg: "ES512" }),
    rs256: signing({ alg: "RS256" }),
    "rs256-4096": signing({ alg: "RS256", modulusLength: 4096 }),
    rs512: signing({ alg: "RS512" }),
    ps256: signing({ alg: "PS256" }),
    ed25519alg: signing({ alg: "Ed25519" }),
    "shared-secret": ({ origin, secret }) =>
      withJwt({
        // Better Auth accepts a custom signer only together with these two options. The signer uses neither.
        jwks: { remoteUrl: `${origin}/no-key-set`, keyPairConfig: { alg: "EdDSA" } },
        jwt: { sign: (payload) => signWithSecret(payload, secret) },
      }),

    // --- Key rotation ---
    rotation: keys({ rotationInterval: 2, gracePeriod: 6 }),
    "rotation-slow": keys({ rotationInterval: 3, gracePeriod: 600 }),
    "rotation-under-load": keys({ rotationInterval: 2, gracePeriod: 12 }), // so that keys outlive the outage in the run
    "serial-ids": () => ({ ...withJwt(), advanced: { database: { generateId: "serial" } } }),
    "rate-limit": () => ({ ...withJwt({ jwks: { rotationInterval: 2 } }), rateLimit: { enabled: true } }),

    // --- Claims ---
    "aud-list": claims({
      issuer: "https://issuer.example",
      audience: ["api-a", "api-b"],
      expirationTime: "1h",
      getSubject: ({ user }) => user.email,
    }),
    "define-payload": claims({
      definePayload: ({ user, session }) => ({ id: user.id, email: user.email, sid: session.id, roles: ["member"] }),
    }),
    "exp-number": claims({ expirationTime: 3600 }), // meant as an hour, but Better Auth reads a number as a date
    "no-header": () => withJwt({ disableSettingJwtHeader: true }),
    admin: () => ({
      plugins: [jwt(), bearer(), admin(), organization()],
      user: { additionalFields: { tenant: { type: "string", defaultValue: "acme", input: false } } },
    }),

    // --- Every plugin; the names of tables and columns ---
    everything: everything(plugins),
    "everything-snake-case": everythingInSnakeCase(plugins, { plural: false }),
    "everything-plural": everythingInSnakeCase(plugins, { plural: true }),

    // --- Revocation ---
    revocation: ({ revocationsUrl }) => {
      const hooks = revocationHooks(revocationsUrl);
      return {
        plugins: [jwt({ jwt: { definePayload: ({ user, session }) => ({ ...user, sid: session.id }) } }), bearer(), admin()],
        databaseHooks: { ...hooks, user: { ...hooks.user, ...createAdministrators.user } },
        session: { storeSessionInDatabase: true }, // with secondary storage, the hooks run only for sessions in the database
      };
    },

    // --- Session cookies ---
    "cache-default": () => cookieCache({}),
    "cache-compact": () => cookieCache({ strategy: "compact" }),
    "cache-jwt": () => cookieCache({ strategy: "jwt" }),
    "cache-jwe": () => cookieCache({ strategy: "jwe" }),
    "cache-jwt-version": () => cookieCache({ strategy: "jwt", version: "v2" }),
    "cache-jwt-jwks": () => cookieCache({ strategy: "jwt" }, { sessionCookieCache: true }),
    "cache-compact-big": () => ({ ...cookieCache({ strategy: "compact" }), ...withBiography }),
    "cache-jwe-big": () => ({ ...cookieCache({ strategy: "jwe" }), ...withBiography }),
    "secure-cookies": () => ({ ...cookieCache({ strategy: "compact" }), advanced: { useSecureCookies: true } }),
    "cookie-prefix": () => ({ ...cookieCache({ strategy: "compact" }), advanced: { cookiePrefix: "myapp" } }),
    "secrets-v2": ({ secret }) => ({
      ...cookieCache({ strategy: "jwe" }),
      secret: OLD_SECRET,
      secrets: [
        { version: 2, value: secret },
        { version: 1, value: OLD_SECRET },
      ],
    }),
    "api-key-limits": () => ({ plugins: [createApiKeyPlugin({}, { rateLimit: TWO_IN_A_MINUTE })] }),
    "refresh-always": () => ({ plugins: [bearer(), organization()], session: { updateAge: 0 } }),
    "bearer-strict": () => ({ plugins: [jwt(), bearer({ requireSignature: true })] }),
    ...sessionConfigurations(plugins),
  };
}
