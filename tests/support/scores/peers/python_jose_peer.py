"""python-jose: `jwt.decode` with `require_` options, and `jws.verify`."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from jose import jws, jwt
from jose.exceptions import JOSEError

from support.scores.peers.question import ALL_ALGORITHMS, Inexpressible, Peer, Verification, read_bytes, refuse

REQUIRABLE = {"aud", "iat", "exp", "nbf", "iss", "sub", "jti"}
ALGORITHMS = [name for name in ALL_ALGORITHMS if name[:2] in {"HS", "RS", "ES"} and name != "ES256K"]


def read_key(key: dict[str, Any]) -> Any:
    """Return the key: PEM, a secret, a JWK, a JWK Set or a list."""
    if key["form"] == "list":
        return [read_key(member) for member in key["keys"]]
    return key["jwk"] if "jwk" in key else read_bytes(key, "pem", "pkcs1", "certificate", "secret")


def prepare(question: dict[str, Any]) -> Verification:
    """Return a call that verifies."""
    key, algorithms = read_key(question["key"]), question["algorithms"]
    if question["signature_only"]:
        return lambda token: jws.verify(token, key, algorithms)
    refuse(question, "typ")
    expected = {"aud": question["audience"], "iss": question["issuer"], "sub": question["subject"]}
    required = {*question["required"], *(claim for claim, value in expected.items() if value)}
    if not required <= REQUIRABLE or isinstance(question["audience"], list):
        raise Inexpressible("required or audience")
    options = {"leeway": question["leeway"], **{f"require_{claim}": True for claim in required}}
    arguments = {name: question[name] for name in ("audience", "issuer", "subject")}
    return lambda token: jwt.decode(token, key, algorithms=algorithms, options=options, **arguments)


PEER = Peer(version("python-jose"), (JOSEError,), ALGORITHMS, prepare)
