// Better Auth's own client, for the server that this page comes from.

import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";

import { signInServerIsAway } from "./errors.mjs";

const UNAUTHORIZED = 401;
const RATE_LIMITED = 429;

const client = createAuthClient({ baseURL: location.origin, plugins: [jwtClient()] });

const MESSAGES = {
  INVALID_EMAIL_OR_PASSWORD: "The e-mail address or the password is wrong.",
  INVALID_EMAIL: "This is not an e-mail address.",
  PASSWORD_TOO_SHORT: "The password must have at least 8 characters.",
  PASSWORD_TOO_LONG: "The password must have at most 128 characters.",
  USER_ALREADY_EXISTS: "There is already an account with this e-mail address. Sign in instead.",
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: "There is already an account with this e-mail address. Sign in instead.",
};

/** A refusal of Better Auth that the user can mend. */
export class SignInError extends Error {}

/** Returns the user who is signed in, or null. */
export async function findUser() {
  const session = await call(() => client.getSession());
  return session?.user ?? null;
}

export function signUp({ name, email, password }) {
  return call(() => client.signUp.email({ name, email, password }));
}

export function signIn({ email, password }) {
  return call(() => client.signIn.email({ email, password }));
}

export function signOut() {
  return call(() => client.signOut());
}

/** Returns a JWT for the backend, or null if no user is signed in. */
export async function fetchToken() {
  const { data, error } = await answer(() => client.token());
  if (error && error.status !== UNAUTHORIZED) {
    throw signInServerIsAway();
  }
  return error ? null : data.token;
}

/** Returns what Better Auth answers, and throws its refusal as text for the user. */
async function call(request) {
  const { data, error } = await answer(request);
  if (error?.status === RATE_LIMITED) {
    throw new SignInError("There were too many attempts. Wait a moment, then try again.");
  }
  if (error && (error.status >= 500 || !error.status)) {
    throw signInServerIsAway();
  }
  if (error) {
    throw new SignInError(MESSAGES[error.code] ?? error.message ?? "This was refused. Check what you typed.");
  }
  return data;
}

async function answer(request) {
  try {
    return await request();
  } catch {
    throw signInServerIsAway(); // no answer at all
  }
}
