// The page: who is signed in decides which view is shown.

import { findUser, signOut } from "./auth_client.mjs";
import { Backend } from "./backend.mjs";
import { DESCRIPTIONS, createCredential } from "./credentials.mjs";
import { byId } from "./elements.mjs";
import { EntryView } from "./entry_view.mjs";
import { TaskView } from "./task_view.mjs";

const PARAMETER = "credential"; // of the URL, so that a reload keeps the choice
const ENDED = "Your session has ended.";

const entry = new EntryView(showSignedIn);
const tasks = new TaskView(() => showSignIn({ notice: ENDED, email: user.email }));

let user = null; // who is signed in

function chosenCredential() {
  const choice = new URLSearchParams(location.search).get(PARAMETER);
  return Object.hasOwn(DESCRIPTIONS, choice) ? choice : "jwt";
}

function chooseCredential(kind) {
  const url = new URL(location);
  url.searchParams.set(PARAMETER, kind);
  history.replaceState(null, "", url);
  showCredential();
  if (!byId("app").hidden) {
    tasks.use(createBackend());
  }
}

function showCredential() {
  const kind = chosenCredential();
  document.querySelector(`input[name=credential][value=${kind}]`).checked = true;
  byId("credential-text").textContent = DESCRIPTIONS[kind];
  byId("credential").hidden = false;
}

function createBackend() {
  return new Backend(createCredential(chosenCredential()));
}

function showSignIn(texts) {
  user = null;
  byId("loading").hidden = true;
  tasks.hide();
  entry.show(texts);
  showCredential();
}

/** Shows the tasks of the user who is signed in, or the sign-in form if no user is. */
async function showSignedIn() {
  user = await findUser();
  if (user === null) {
    showSignIn();
    return;
  }
  byId("loading").hidden = true;
  entry.hide();
  showCredential();
  await tasks.show(user, createBackend());
}

async function endSession() {
  byId("sign-out").disabled = true;
  try {
    await signOut();
    showSignIn({ notice: "You are signed out." });
  } catch (error) {
    tasks.report(error);
  } finally {
    byId("sign-out").disabled = false;
  }
}

for (const choice of document.querySelectorAll("input[name=credential]")) {
  choice.addEventListener("change", () => chooseCredential(choice.value));
}
byId("sign-out").addEventListener("click", endSession);
showSignedIn().catch((error) => showSignIn({ notice: [error.title, error.message].filter(Boolean).join(" ") }));
