"""ryjwt: `SecretKey` and `PublicKey`, and a msgspec Struct for required claims."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import msgspec
import ryjwt

from support.scores.peers.question import (
    ALL_ALGORITHMS,
    Inexpressible,
    Peer,
    Verification,
    has_secret,
    read_bytes,
    refuse,
)

ALGORITHMS = [name for name in ALL_ALGORITHMS if name not in {"ES256K", "Ed25519"}]
PAYLOAD = ("Invalid payload", "Payload must")


def create_key(question: dict[str, Any]) -> Any:
    """Return the key object, which expects issuer and audience. It is for secrets or for public keys alone."""
    key = question["key"]
    is_secret = key["form"] == "secret"
    algorithms = [name for name in question["algorithms"] if name.startswith("HS") is is_secret]
    expected = {"algorithms": algorithms, "issuer": question["issuer"], "audience": question["audience"]}
    if is_secret:
        return ryjwt.SecretKey(read_bytes(key, "secret"), **expected)
    if "jwk" in key:
        if has_secret(key["jwk"]):
            raise Inexpressible("a secret as JWK")
        keys = key["jwk"] if key["form"] == "set" else {"keys": [key["jwk"]]}
        return ryjwt.PublicKey.from_jwks(keys, **expected)
    return ryjwt.PublicKey(read_bytes(key, "pem", "pkcs1"), **expected)


def create_struct(required: list[str]) -> Any:
    """Return a Struct that has the claims, which makes them required."""
    names = {f"claim_{number}": claim for number, claim in enumerate(required)}
    return msgspec.defstruct("Claims", [(name, Any) for name in names], rename=names)


def prepare(question: dict[str, Any]) -> Verification:
    """Return a call that verifies."""
    refuse(question, "subject", "typ")
    key, leeway = create_key(question), question["leeway"]
    if question["signature_only"]:
        return lambda token: verify_signature(key, token)
    required = list(dict.fromkeys([*question["required"], *(["aud"] if question["audience"] else [])]))
    into = create_struct(required) if required else None
    return lambda token: key.decode(token, into=into, leeway=leeway)


def verify_signature(key: Any, token: str) -> None:
    """Verify a token whose payload is not JSON: the error of the payload comes after that of the signature."""
    try:
        key.decode(token)
    except ryjwt.DecodeError as error:
        if isinstance(error, ryjwt.InvalidSignatureError) or not str(error).startswith(PAYLOAD):
            raise


PEER = Peer(version("ryjwt"), (ryjwt.RYJWTError,), ALGORITHMS, prepare)
