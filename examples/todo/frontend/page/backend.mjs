// The routes of the FastAPI backend that the page uses.

import { findUser } from "./auth_client.mjs";
import { RequestError, SessionEndedError, TaskGoneError, signInServerIsAway } from "./errors.mjs";

const TIMEOUT_MILLISECONDS = 15_000;

/** The tasks of the user whom `credential` names. */
export class Backend {
  constructor(credential) {
    this.credential = credential;
  }

  listTasks() {
    return this.#send("GET", "/api/tasks");
  }

  createTask(task) {
    return this.#send("POST", "/api/tasks", task);
  }

  setDone(id, done) {
    return this.#send("PATCH", `/api/tasks/${encodeURIComponent(id)}`, { done });
  }

  deleteTask(id) {
    return this.#send("DELETE", `/api/tasks/${encodeURIComponent(id)}`);
  }

  async #send(method, route, body) {
    let response = await this.#attempt(method, route, body);
    if (response.status === 401 && this.credential.renew()) {
      response = await this.#attempt(method, route, body);
    }
    if (!response.ok) {
      throw await describeRefusal(response.status);
    }
    return response.json();
  }

  async #attempt(method, route, body) {
    const { headers, ...options } = await this.credential.attach();
    const content = body && { body: JSON.stringify(body) };
    const type = body && { "content-type": "application/json" };
    const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
    try {
      return await fetch(BACKEND + route, { method, ...options, ...content, headers: { ...headers, ...type }, signal });
    } catch {
      throw new RequestError("The backend cannot be reached.", "Your tasks are safe there. Try again in a moment.");
    }
  }
}

async function describeRefusal(status) {
  switch (status) {
    case 401:
      return (await findUser()) === null ? new SessionEndedError() : credentialIsRefused();
    case 404:
      return new TaskGoneError();
    case 422:
      return new RequestError("This title cannot be stored.", "It must have 1 to 200 characters.");
    case 429:
    case 503:
      return signInServerIsAway();
    default:
      return new RequestError("The backend has a problem.", `It answered with status ${status}. Try again in a moment.`);
  }
}

function credentialIsRefused() {
  return new RequestError("The backend does not accept this credential.", "Choose the other one at the end of the page.");
}
