// Answers the questions on standard input with jose: `jwtVerify` with `algorithms`, `typ` and `requiredClaims`, the keys
// from `importSPKI`, `importX509`, `importJWK` and `createLocalJWKSet`, as its documentation recommends.
import { readFileSync } from "node:fs";
import * as jose from "jose";

class Inexpressible extends Error {}

const decode = (text) => new Uint8Array(Buffer.from(text, "base64"));

// `createLocalJWKSet` is for public keys.
const isSecretSet = (key) => key.form === "set" && Array.isArray(key.jwk.keys) && key.jwk.keys.some((one) => one?.kty === "oct");

async function importKey(key, algorithm) {
  if (isSecretSet(key)) throw new Inexpressible("a secret in a set");
  switch (key.form) {
    case "secret":
      return decode(key.data);
    case "pem":
      return jose.importSPKI(Buffer.from(key.data, "base64").toString(), algorithm);
    case "certificate":
      return jose.importX509(Buffer.from(key.data, "base64").toString(), algorithm);
    case "jwk":
      return jose.importJWK(key.jwk, algorithm);
    case "set":
      return jose.createLocalJWKSet(key.jwk);
    default:
      throw new Inexpressible(key.form);
  }
}

function readOptions(question) {
  const options = { algorithms: question.algorithms, requiredClaims: question.required };
  for (const name of ["issuer", "audience", "subject", "typ"]) if (question[name] !== null) options[name] = question[name];
  return { ...options, clockTolerance: question.leeway };
}

async function prepare(question) {
  const key = await importKey(question.key, question.algorithms[0]);
  if (question.signature_only) return (token) => jose.compactVerify(token, key, { algorithms: question.algorithms });
  const options = readOptions(question);
  return (token) => jose.jwtVerify(token, key, options);
}

const UNSUPPORTED = new Set(["ES256K"]);

async function answer(question) {
  if (question.algorithms.length && question.algorithms.every((name) => UNSUPPORTED.has(name)))
    return ["inexpressible", "algorithms"];
  let verify;
  try {
    verify = await prepare(question);
  } catch (error) {
    if (error instanceof Inexpressible) return ["inexpressible", error.message];
    return ["rejected", `at start: ${error.constructor.name}`];
  }
  try {
    await verify(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(decode(question.token)));
  } catch (error) {
    if (error instanceof jose.errors.JOSEError) return ["rejected", error.constructor.name];
    if (error.code === "ERR_ENCODING_INVALID_ENCODED_DATA") return ["inexpressible", "bytes"];
    return ["foreign", error.constructor.name];
  }
  return ["accepted", ""];
}

const answers = {};
for (const question of JSON.parse(readFileSync(0, "utf8"))) answers[question.id] = await answer(question);
const { version } = JSON.parse(readFileSync(new URL("node_modules/jose/package.json", import.meta.url), "utf8"));
process.stdout.write(JSON.stringify({ version, answers }));
