// Better Auth, as the to-do list needs it: e-mail and password, JWTs for the backend, and session tokens as bearer tokens.

import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { bearer, jwt } from "better-auth/plugins";

/** Returns Better Auth for `origin`, which is also the `iss` and the `aud` of its JWTs; its rows are kept in `tables`. */
export function createAuth({ origin, secret, tables }) {
  return betterAuth({
    baseURL: origin,
    basePath: "/api/auth",
    secret,
    trustedOrigins: [origin],
    database: memoryAdapter(tables),
    emailAndPassword: { enabled: true },
    plugins: [jwt(), bearer()],
    // The backend looks every session up here, from one address: a limit for each address would stop it.
    rateLimit: { customRules: { "/get-session": false } },
    telemetry: { enabled: false },
    logger: { level: "error" },
  });
}
