// The ways in which a request can fail, as the page shows them.

/** The user must sign in again. */
export class SessionEndedError extends Error {}

/** The task does not exist any more: it was deleted elsewhere. */
export class TaskGoneError extends Error {}

/** A failure that the page reports; it may pass. `title` and `message` are for the user. */
export class RequestError extends Error {
  constructor(title, message) {
    super(message);
    this.title = title;
  }
}

export function signInServerIsAway() {
  return new RequestError("The sign-in server does not answer.", "Your tasks are safe. Try again in a moment.");
}
