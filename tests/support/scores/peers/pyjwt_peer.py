"""PyJWT: `jwt.decode` with `require` and `enforce_minimum_key_length`; `PyJWK` and `PyJWKSet` for JWKs."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import jwt

from support.scores.peers.question import ALL_ALGORITHMS, Peer, Verification, read_bytes, refuse

if TYPE_CHECKING:
    from jwt.types import Options

ALGORITHMS = [name for name in ALL_ALGORITHMS if name != "Ed25519"]


def find_key(key: dict[str, Any], algorithms: list[str]) -> Any:
    """Return a function of the token that returns its key."""
    if key["form"] == "set":
        keys = jwt.PyJWKSet.from_dict(key["jwk"])
        return lambda token: select_key(keys, token)
    if key["form"] == "jwk":
        named = key["jwk"].get("alg")
        own = jwt.PyJWK(key["jwk"], algorithms[0] if named is None and len(algorithms) == 1 else None)
        return lambda _: own
    text = read_bytes(key, "pem", "pkcs1", "secret")
    return lambda _: text


def select_key(keys: jwt.PyJWKSet, token: str) -> Any:
    """Return the key that `kid` names, as `PyJWKClient` does; the only one, if the token names none."""
    kid = jwt.get_unverified_header(token).get("kid")
    found = [key for key in keys.keys if key.public_key_use in {"sig", None} and kid in {key.key_id, None}]
    if len(found) == 1 or (found and kid is not None):
        return found[0]
    raise jwt.InvalidKeyError("no such key")


def prepare(question: dict[str, Any]) -> Verification:
    """Return a call that verifies."""
    algorithms = question["algorithms"]
    get_key = find_key(question["key"], algorithms)
    if question["signature_only"]:
        signatures = jwt.PyJWS(options={"enforce_minimum_key_length": True})
        return lambda token: signatures.decode(token, get_key(token), algorithms)
    refuse(question, "typ")
    expected = {"aud": question["audience"], "iss": question["issuer"], "sub": question["subject"]}
    required = [*question["required"], *(claim for claim, value in expected.items() if value)]
    options: Options = {"enforce_minimum_key_length": True, "require": required}
    arguments = {name: question[name] for name in ("audience", "issuer", "subject", "leeway")}
    return lambda token: jwt.decode(token, get_key(token), algorithms=algorithms, options=options, **arguments)


PEER = Peer(version("PyJWT"), (jwt.PyJWTError,), ALGORITHMS, prepare)
