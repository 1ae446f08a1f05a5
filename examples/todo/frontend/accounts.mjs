// The tables of Better Auth, in memory. Accounts are also kept in a file, so that they survive a restart.
//
// Sessions and signing keys are not kept: they end with the server, and users sign in again. A server for production
// keeps all tables in a database.

import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

const TABLES = ["user", "account", "session", "verification", "jwks"];
const KEPT = ["user", "account"];
const OWNER_ONLY = 0o600; // the file contains hashes of passwords

/** Returns the tables with the accounts of `file`, and a function that writes the accounts if they have changed. */
export function openAccounts(file) {
  const tables = Object.fromEntries(TABLES.map((name) => [name, []]));
  if (file === undefined) {
    return { tables, save: () => {} };
  }
  let saved = existsSync(file) ? readFileSync(file, "utf8") : "";
  Object.assign(tables, saved ? JSON.parse(saved, readDate) : {});
  const save = () => {
    const text = JSON.stringify(Object.fromEntries(KEPT.map((name) => [name, tables[name]])), null, 2);
    if (text !== saved) {
      writeWhole(file, text);
      saved = text;
    }
  };
  return { tables, save };
}

/** Returns the value of a column; a column whose name ends in `At` is a date. */
function readDate(column, value) {
  return column.endsWith("At") && value !== null ? new Date(value) : value;
}

/** Replaces `file`, so that it is complete at every moment. */
function writeWhole(file, text) {
  const next = `${file}.next`;
  writeFileSync(next, text, { mode: OWNER_ONLY });
  chmodSync(next, OWNER_ONLY); // in case it existed
  renameSync(next, file);
}
