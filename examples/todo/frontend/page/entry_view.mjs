// The view in which a user signs in or creates an account.

import { signIn, signUp } from "./auth_client.mjs";
import { byId } from "./elements.mjs";

const TEXTS = {
  "sign-in": {
    title: "Welcome back",
    lead: "Sign in to see your list.",
    submit: "Sign in",
    question: "New here?",
    other: "Create an account",
  },
  "sign-up": {
    title: "Create an account",
    lead: "A list of your own, in a minute.",
    submit: "Create account",
    question: "Have an account?",
    other: "Sign in",
  },
};

/** The form; `onSignedIn()` is called once Better Auth has accepted the user. */
export class EntryView {
  #mode = "sign-in";

  constructor(onSignedIn) {
    this.onSignedIn = onSignedIn;
    this.form = byId("entry-form");
    this.form.addEventListener("submit", (event) => this.#submit(event));
    byId("switch").addEventListener("click", () => this.#switchMode());
    byId("show-password").addEventListener("click", () => this.#showPassword(byId("password").type === "password"));
    this.#setMode("sign-in");
  }

  /** Shows the form for `email`, with `notice` above it, such as the reason why the user has to sign in again. */
  show({ notice = "", email = "" } = {}) {
    this.#setMode("sign-in");
    this.form.elements.email.value = email;
    this.#setError("");
    this.#setNotice(notice);
    byId("sign-in").hidden = false;
    (this.form.elements.email.value ? this.form.elements.password : this.form.elements.email).focus();
  }

  hide() {
    byId("sign-in").hidden = true;
    this.form.elements.password.value = "";
    this.#showPassword(false);
  }

  #switchMode() {
    this.#setMode(this.#mode === "sign-in" ? "sign-up" : "sign-in");
    this.#setError("");
    this.#setNotice("");
    (this.#mode === "sign-up" ? this.form.elements.name : this.form.elements.email).focus();
  }

  #setMode(mode) {
    this.#mode = mode;
    const isNew = mode === "sign-up";
    const { title, lead, submit, question, other } = TEXTS[mode];
    byId("entry-title").textContent = title;
    byId("entry-lead").textContent = lead;
    byId("entry-submit").querySelector(".text").textContent = submit;
    byId("switch-question").textContent = question;
    byId("switch").textContent = other;
    byId("name-field").hidden = byId("password-hint").hidden = !isNew;
    this.form.elements.name.disabled = !isNew;
    this.form.elements.password.autocomplete = isNew ? "new-password" : "current-password";
    this.form.elements.password.minLength = isNew ? 8 : 0;
  }

  async #submit(event) {
    event.preventDefault();
    const { name, email, password } = Object.fromEntries(new FormData(this.form));
    this.#setError("");
    this.#setNotice("");
    this.#setBusy(true);
    try {
      await (this.#mode === "sign-up" ? signUp({ name, email, password }) : signIn({ email, password }));
      await this.onSignedIn();
    } catch (error) {
      this.#setError([error.title, error.message].filter(Boolean).join(" "));
      this.form.elements.password.focus();
    } finally {
      this.#setBusy(false);
    }
  }

  #setBusy(isBusy) {
    const submit = byId("entry-submit");
    submit.disabled = isBusy;
    submit.classList.toggle("busy", isBusy);
  }

  #setError(text) {
    byId("entry-error").textContent = text;
    this.form.elements.password.toggleAttribute("aria-invalid", text !== "");
  }

  #setNotice(text) {
    byId("entry-notice").textContent = text;
    byId("entry-notice").hidden = text === "";
  }

  #showPassword(isShown) {
    byId("password").type = isShown ? "text" : "password";
    byId("show-password").textContent = isShown ? "Hide" : "Show";
    byId("show-password").setAttribute("aria-pressed", String(isShown));
  }
}
