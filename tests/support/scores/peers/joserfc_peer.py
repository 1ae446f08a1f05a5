"""joserfc: `jwt.decode`, then `JWTClaimsRegistry.validate` with essential claims."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError

from support.scores.peers.question import ALL_ALGORITHMS, Peer, Verification, find_kty, read_bytes, refuse


def read_key(key: dict[str, Any], algorithms: list[str]) -> Any:
    """Return a key or a set of keys. A key in bytes is of the type of the first algorithm, a secret is `oct`."""
    if key["form"] == "list":
        return jwk.KeySet([read_key(member, algorithms) for member in key["keys"]])
    if key["form"] == "set":
        return jwk.KeySet.import_key_set(key["jwk"])
    if key["form"] == "jwk":
        return jwk.import_key(key["jwk"])
    data = read_bytes(key, "pem", "pkcs1", "certificate", "der", "secret")
    kty = "oct" if key["form"] == "secret" and "HS256" in algorithms else find_kty(algorithms)
    return jwk.import_key(data, kty)


def prepare(question: dict[str, Any]) -> Verification:
    """Return a call that verifies the signature and validates the claims."""
    key, algorithms = read_key(question["key"], question["algorithms"]), question["algorithms"]
    if question["signature_only"]:
        return lambda token: jws.deserialize_compact(token, key, algorithms)
    refuse(question, "typ")
    claims: dict[str, Any] = {claim: {"essential": True} for claim in question["required"]}
    for claim, option in {"iss": "issuer", "aud": "audience", "sub": "subject"}.items():
        if question[option]:
            values = question[option]
            claims[claim] = {"essential": True, "values": values if isinstance(values, list) else [values]}
    registry = jwt.JWTClaimsRegistry(leeway=int(question["leeway"]), **claims)
    return lambda token: registry.validate(jwt.decode(token, key, algorithms=algorithms).claims)


PEER = Peer(version("joserfc"), (JoseError,), ALL_ALGORITHMS, prepare)
