"""oxyjwt: `decode` with `require` and `typ`, `DecodingKey` for PEM, `PyJWK` and `PyJWKSet` for JWKs."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import Any

import oxyjwt

from support.scores.peers.question import ALL_ALGORITHMS, KTY_OF_FAMILY, Peer, Verification, find_kty, read_bytes

ALGORITHMS = [name for name in ALL_ALGORITHMS if name not in {"ES512", "ES256K", "Ed25519"}]
PEM = {
    "RSA": oxyjwt.DecodingKey.from_rsa_pem,
    "EC": oxyjwt.DecodingKey.from_ec_pem,
    "OKP": oxyjwt.DecodingKey.from_ed_pem,
}
JSON = re.compile(" at line |must be a json object")  # in the error of a payload


def find_key(key: dict[str, Any], algorithms: list[str]) -> Any:
    """Return a function of the token that returns its key, and the algorithms of a key of this type."""
    if key["form"] == "set":
        keys = oxyjwt.PyJWKSet.from_dict(key["jwk"])
        return lambda token: bind(select_key(keys, token), algorithms)
    if key["form"] == "jwk":
        own = bind(oxyjwt.PyJWK(key["jwk"]), algorithms)
        return lambda _: own
    if key["form"] == "secret":
        secret = read_bytes(key, "secret"), algorithms
        return lambda _: secret
    public = PEM[find_kty(algorithms)](read_bytes(key, "pem", "pkcs1")), algorithms
    return lambda _: public


def bind(key: oxyjwt.PyJWK, algorithms: list[str]) -> tuple[Any, list[str]]:
    """Return the key with the algorithms of its type: oxyjwt refuses others beside them."""
    return key.key, [name for name in algorithms if KTY_OF_FAMILY[name[:2]] == key.key_type]


def select_key(keys: oxyjwt.PyJWKSet, token: str) -> Any:
    """Return the key that `kid` names; the only one, if the token names none."""
    kid = oxyjwt.get_unverified_header(token).get("kid")
    found = [key for key in keys.keys if key.public_key_use in {"sig", None} and kid in {key.key_id, None}]
    if len(found) == 1 or (found and kid is not None):
        return found[0]
    raise oxyjwt.InvalidKeyError("no such key")


def prepare(question: dict[str, Any]) -> Verification:
    """Return a call that verifies."""
    get_key = find_key(question["key"], question["algorithms"])
    expected = {"aud": question["audience"], "iss": question["issuer"], "sub": question["subject"]}
    required = [*question["required"], *(claim for claim, value in expected.items() if value)]
    arguments = {name: question[name] for name in ("audience", "issuer", "subject", "leeway", "typ")}
    options = {"require": required}

    def verify(token: str) -> None:
        key, own = get_key(token)
        oxyjwt.decode(token, key, algorithms=own, options=options, **arguments)

    return (lambda token: verify_signature(verify, token)) if question["signature_only"] else verify


def verify_signature(verify: Verification, token: str) -> None:
    """Verify a token whose payload is not JSON: the error of the payload comes after that of the signature."""
    oxyjwt.get_unverified_header(token)
    try:
        verify(token)
    except oxyjwt.DecodeError as error:
        if isinstance(error, oxyjwt.InvalidSignatureError) or not JSON.search(str(error)):
            raise


PEER = Peer(version("oxyjwt"), (oxyjwt.OxyJWTError,), ALGORITHMS, prepare)
