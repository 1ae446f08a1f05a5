// Configurations for credentials other than JWTs: each one has the plugins that make, end and change sessions.
//
// `bearer()` stands before `twoFactor()`. With this order Better Auth sends `set-auth-token` with the password step of a
// user who has two factors: a well-signed token of a session that is already deleted.

import { createHash } from "node:crypto";

const SESSION_SECONDS = 7 * 24 * 3600;
const BIOGRAPHY = "Mathematician. ".repeat(300);
const CACHE_SECONDS = 5; // so that a run outlives it

// The load signs in all the time, and scrypt would take most of it.
const password = {
  hash: async (text) => createHash("sha256").update(text).digest("hex"),
  verify: async ({ hash, password: text }) => hash === createHash("sha256").update(text).digest("hex"),
};

export function sessionConfigurations({ jwt, bearer, admin, organization, anonymous, twoFactor, createApiKeyPlugin }) {
  const sessions = (options, biography) => ({
    session: { updateAge: SESSION_SECONDS }, // so that no session becomes longer during the run
    plugins: [
      bearer(),
      jwt(options),
      ...[admin(), organization(), anonymous(), createApiKeyPlugin()],
      twoFactor({ skipVerificationOnEnable: true }),
    ],
    emailAndPassword: { enabled: true, password },
    user: { additionalFields: { bio: { type: "string", required: false, defaultValue: biography } } },
  });
  const cached = (cookieCache, jwtOptions, biography) => ({
    ...sessions(jwtOptions, biography),
    session: { updateAge: SESSION_SECONDS, cookieCache: { enabled: true, maxAge: CACHE_SECONDS, ...cookieCache } },
  });
  return {
    sessions: () => sessions(),
    "sessions-limited": () => ({ ...sessions(), rateLimit: undefined }), // on if NODE_ENV is `production`
    "sessions-compact": () => cached({ strategy: "compact" }),
    "sessions-jwt": () => cached({ strategy: "jwt" }),
    "sessions-jwe": () => cached({ strategy: "jwe" }),
    "sessions-jwt-jwks": () => cached({ strategy: "jwt" }, { sessionCookieCache: true }),
    "sessions-secure": () => ({ ...cached({ strategy: "compact" }), advanced: { useSecureCookies: true } }),
    // Bigger than one cookie: Better Auth splits it.
    "sessions-chunked": () => cached({ strategy: "jwe" }, undefined, BIOGRAPHY),
    "sessions-prefix": () => ({ ...cached({ strategy: "compact" }), advanced: { cookiePrefix: "myapp" } }),
  };
}
