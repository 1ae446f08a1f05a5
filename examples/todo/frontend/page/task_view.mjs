// The view of a user's tasks.

import { byId, replaceKeepingFocus } from "./elements.mjs";
import { RequestError, SessionEndedError, TaskGoneError } from "./errors.mjs";

const TOAST_MILLISECONDS = 8_000;

/** The list; `onSessionEnded()` is called if the user has to sign in again. */
export class TaskView {
  #tasks = [];
  #generation = 0; // of the list: an answer for another user or credential is dropped
  #toastTimer;
  #undo = null;

  constructor(onSessionEnded) {
    this.onSessionEnded = onSessionEnded;
    byId("add-form").addEventListener("submit", (event) => this.#add(event));
    byId("retry").addEventListener("click", () => this.load());
    byId("undo").addEventListener("click", () => this.#undo?.());
    addEventListener("online", () => byId("banner").hidden || this.load());
  }

  /** Shows the list of `user`, which is loaded from `backend`. */
  show(user, backend) {
    byId("user-name").textContent = user.name;
    byId("user-email").textContent = user.email;
    byId("avatar").textContent = initials(user.name);
    byId("greeting").textContent = `Hello, ${user.name.split(" ")[0]}`;
    byId("app").hidden = false;
    if (matchMedia("(hover: hover)").matches) {
      byId("new-title").focus({ preventScroll: true }); // not where it would open a keyboard on the screen
    }
    return this.use(backend);
  }

  /** Loads the list from `backend`, for example with another credential. */
  use(backend) {
    this.backend = backend;
    return this.load();
  }

  /** Removes all traces of the user. */
  hide() {
    this.#generation += 1;
    this.#tasks = [];
    byId("add-form").reset();
    byId("app").hidden = true;
    this.#hideToast();
    this.#render();
  }

  /** Loads the list; the skeleton is shown until the backend answers. */
  async load() {
    const generation = ++this.#generation;
    this.#tasks = [];
    this.#setState("loading");
    try {
      const tasks = await this.backend.listTasks();
      if (generation === this.#generation) {
        this.#tasks = tasks;
        this.#setState("loaded");
      }
    } catch (error) {
      if (generation === this.#generation) {
        this.#setState("failed");
        this.report(error);
      }
    }
  }

  async #add(event) {
    event.preventDefault();
    const input = byId("new-title");
    const title = input.value.trim();
    if (title === "") {
      input.value = "";
      input.focus();
      return;
    }
    setBusy(byId("add"), true);
    if (await this.#create({ title })) {
      input.value = "";
    }
    setBusy(byId("add"), false);
    input.focus();
  }

  /** Creates a task and returns whether the backend has stored it. */
  #create(task) {
    return this.#attempt(async () => {
      const created = await this.backend.createTask(task);
      return () => this.#tasks.push(created);
    });
  }

  #toggle(task, done) {
    const show = (value) => this.#replace({ ...task, done: value });
    show(done); // at once; a failure takes it back
    return this.#attempt(
      async () => {
        const updated = await this.backend.setDone(task.id, done);
        return () => this.#replace(updated);
      },
      { task, undo: () => show(task.done) },
    );
  }

  async #delete(task) {
    const isDeleted = await this.#attempt(
      async () => {
        await this.backend.deleteTask(task.id);
        return () => this.#remove(task);
      },
      { task },
    );
    if (isDeleted) {
      const { title, done, is_public } = task;
      this.#showToast(`Deleted “${title}”`, () => this.#restore({ title, done, is_public }));
    }
  }

  async #restore(task) {
    this.#hideToast();
    byId("greeting").focus(); // the button is gone
    await this.#create(task);
  }

  /** Performs `request`, then the change that it returns; reports a failure and returns false. */
  async #attempt(request, { task, undo } = {}) {
    const generation = this.#generation;
    try {
      const change = await request();
      if (generation === this.#generation && byId("app").dataset.state === "loaded") {
        change();
        this.#setState("loaded");
      } else if (generation === this.#generation) {
        await this.load(); // the list was not loaded before
      }
      return true;
    } catch (error) {
      if (generation === this.#generation) {
        undo?.();
        this.report(error, task);
      }
      return false;
    }
  }

  /** Shows a failure to the user; `task` is the one that it concerns. */
  report(error, task) {
    if (error instanceof SessionEndedError) {
      this.onSessionEnded();
    } else if (error instanceof TaskGoneError && task) {
      this.#remove(task);
      this.#showToast("This task was deleted elsewhere.");
    } else {
      const isKnown = error instanceof RequestError;
      byId("banner-title").textContent = isKnown ? error.title : "Something went wrong.";
      byId("banner-text").textContent = isKnown ? error.message : "Try again in a moment.";
      byId("banner").hidden = false;
    }
  }

  #replace(task) {
    this.#tasks = this.#tasks.map((other) => (other.id === task.id ? task : other));
    this.#render();
  }

  #remove(task) {
    this.#tasks = this.#tasks.filter(({ id }) => id !== task.id);
    this.#render();
  }

  #setState(state) {
    byId("app").dataset.state = state;
    byId("app").setAttribute("aria-busy", String(state === "loading"));
    byId("banner").hidden = true;
    this.#render();
  }

  #render() {
    const open = this.#tasks.filter(({ done }) => !done);
    const done = this.#tasks.filter((task) => task.done);
    const isLoaded = byId("app").dataset.state === "loaded";
    byId("skeleton").hidden = byId("app").dataset.state !== "loading";
    byId("empty").hidden = !isLoaded || this.#tasks.length > 0;
    byId("summary").textContent = isLoaded ? summarize(open.length, done.length) : "\u00a0";
    byId("progress").parentElement.hidden = this.#tasks.length === 0;
    byId("progress").style.width = `${(100 * done.length) / Math.max(this.#tasks.length, 1)}%`;
    replaceKeepingFocus(() => {
      this.#renderList("open", open);
      this.#renderList("done", done);
    }, byId("greeting"));
  }

  #renderList(name, tasks) {
    byId(`${name}-section`).hidden = tasks.length === 0;
    byId(`${name}-count`).textContent = tasks.length;
    byId(`${name}-list`).replaceChildren(...tasks.map((task) => this.#createRow(task)));
  }

  #createRow(task) {
    const row = byId("task").content.cloneNode(true);
    const [box, title, button] = ["input", ".title", "button"].map((selector) => row.querySelector(selector));
    box.checked = task.done;
    box.dataset.key = `done ${task.id}`;
    box.addEventListener("change", () => this.#toggle(task, box.checked));
    title.textContent = task.title;
    button.setAttribute("aria-label", `Delete ${task.title}`);
    button.dataset.key = `delete ${task.id}`;
    button.addEventListener("click", () => this.#delete(task));
    return row;
  }

  #showToast(text, undo = null) {
    this.#undo = undo;
    byId("toast-text").textContent = text;
    byId("undo").hidden = undo === null;
    byId("toast").hidden = false;
    clearTimeout(this.#toastTimer);
    this.#toastTimer = setTimeout(() => this.#hideToast(), TOAST_MILLISECONDS);
  }

  #hideToast() {
    clearTimeout(this.#toastTimer);
    byId("toast").hidden = true;
    this.#undo = null;
  }
}

function setBusy(button, isBusy) {
  button.disabled = isBusy;
  button.classList.toggle("busy", isBusy);
}

/** Returns the first letters of the first and of the last name. */
function initials(name) {
  const words = name.trim().split(/\s+/);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends.map((word) => [...word][0] ?? "").join("").toUpperCase();
}

function summarize(open, done) {
  if (open + done === 0) {
    return "Your list is empty.";
  }
  return open === 0 ? "All done. Well done!" : `${open} to do, ${done} done`;
}
