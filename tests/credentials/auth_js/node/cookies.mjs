// Writes and reads session cookies with the real libraries. Standard input has a list of requests as JSON; standard
// output gets the list of answers.

import { createRequire } from "node:module";

import { Auth } from "@auth/core";
import { getToken as getToken5 } from "@auth/core/jwt";
import Credentials from "@auth/core/providers/credentials";

const require = createRequire(import.meta.url);
const { encode: encode4, getToken: getToken4 } = require("next-auth/jwt");
// Not exported: the class that splits a long cookie.
const { SessionStore } = require("./node_modules/next-auth/core/lib/cookie.js");

const logger = { error() {}, warn() {}, debug() {} };
const BASE = { true: "https://app.example.com/auth", false: "http://app.example.com/auth" };

const configure = ({ secret, secure, user, claims = {}, maxAge, cookieName }) => ({
  basePath: "/auth",
  secret,
  trustHost: true,
  useSecureCookies: secure,
  session: { strategy: "jwt", maxAge },
  providers: [Credentials({ credentials: {}, authorize: async () => user })],
  callbacks: { jwt: ({ token }) => ({ ...token, ...claims }) },
  cookies: cookieName === undefined ? {} : { sessionToken: { name: cookieName } },
  logger,
});

/** Signs in to Auth.js 5, and returns its session cookies as `name=value`. */
async function signIn(request) {
  const config = configure(request);
  const base = BASE[request.secure];
  const csrf = await Auth(new Request(`${base}/csrf`), config);
  const { csrfToken } = await csrf.json();
  const headers = { cookie: pairs(csrf).join("; "), "content-type": "application/x-www-form-urlencoded" };
  const body = new URLSearchParams({ csrfToken });
  const response = await Auth(new Request(`${base}/callback/credentials`, { method: "POST", headers, body }), config);
  return sessionCookies(response);
}

/** Asks Auth.js 5 for the session of cookies, as `useSession` does, and returns the cookies that it writes again. */
async function renew({ cookies, ...request }) {
  const headers = { cookie: cookies.join("; ") };
  return sessionCookies(await Auth(new Request(`${BASE[request.secure]}/session`, { headers }), configure(request)));
}

const sessionCookies = (response) => pairs(response).filter((pair) => !/csrf-token|callback-url/.test(pair));

const pairs = (response) => response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);

/** Returns the cookies that NextAuth.js 4 writes for a user. */
async function write4({ secret, secure, user, claims = {}, maxAge }) {
  const name = `${secure ? "__Secure-" : ""}next-auth.session-token`;
  const token = { name: user.name, email: user.email, picture: user.image, sub: user.id, ...claims };
  const value = await encode4({ token, secret, maxAge });
  const store = new SessionStore({ name, options: {} }, { cookies: {}, headers: {} }, logger);
  return store.chunk(value, {}).map((cookie) => `${cookie.name}=${cookie.value}`);
}

/** Returns the claims that the library reads from cookies, or null. */
async function read({ version, secret, secure, cookies, cookieName }) {
  const headers = { cookie: cookies.join("; ") };
  const parsed = Object.fromEntries(cookies.map((cookie) => [cookie.split("=")[0], cookie.slice(cookie.indexOf("=") + 1)]));
  const common = { secret, secureCookie: secure, cookieName, logger };
  if (version === 4) return getToken4({ req: { cookies: parsed, headers }, ...common });
  return getToken5({ req: { headers }, ...common });
}

const actions = { "sign-in": signIn, renew, "write-4": write4, read };
let text = "";
for await (const chunk of process.stdin) text += chunk;
const answers = [];
for (const { action, ...request } of JSON.parse(text)) answers.push(await actions[action](request));
process.stdout.write(JSON.stringify(answers));
