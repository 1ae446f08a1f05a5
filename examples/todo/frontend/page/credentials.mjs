// The two ways in which a request to the backend proves who the user is.
//
// A credential has `attach()`, which returns the options of `fetch`, and `renew()`, which returns whether a request that
// was refused is worth a second attempt.

import { fetchToken } from "./auth_client.mjs";
import { SessionEndedError } from "./errors.mjs";

const RENEW_SECONDS = 30; // before the token expires

export const DESCRIPTIONS = {
  jwt: "The page fetches a token from Better Auth, keeps it in memory, and sends it as a bearer token.",
  cookie: "The browser sends Better Auth’s session cookie. The backend looks the session up.",
};

/** Returns the credential called `kind`: `jwt` or `cookie`. */
export function createCredential(kind) {
  return kind === "cookie" ? new CookieCredential() : new JwtCredential();
}

/** Sends the cookies of this page's host, which Better Auth has set; ports do not matter to cookies. */
class CookieCredential {
  async attach() {
    return { credentials: "include", headers: {} };
  }

  renew() {
    return false;
  }
}

/** Sends a JWT, which is fetched when it is needed and kept in memory until shortly before it expires. */
class JwtCredential {
  #pending = null;
  #renewAt = 0;

  async attach() {
    return { credentials: "omit", headers: { authorization: `Bearer ${await this.#token()}` } };
  }

  renew() {
    this.#pending = null;
    return true;
  }

  #token() {
    if (this.#pending === null || performance.now() >= this.#renewAt) {
      this.#renewAt = Number.POSITIVE_INFINITY; // one fetch serves all requests that wait
      this.#pending = this.#fetch();
      this.#pending.catch(() => this.renew());
    }
    return this.#pending;
  }

  async #fetch() {
    const token = await fetchToken();
    if (token === null) {
      throw new SessionEndedError();
    }
    this.#renewAt = performance.now() + (lifetimeSeconds(token) - RENEW_SECONDS) * 1000;
    return token;
  }
}

/** Returns how long a new token is valid. The difference of its times does not depend on the clock of this machine. */
function lifetimeSeconds(token) {
  const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  const { iat, exp } = JSON.parse(atob(payload));
  return exp - iat;
}
