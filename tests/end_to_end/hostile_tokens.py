"""Tokens that must never be accepted, made from a genuine one."""

from __future__ import annotations

import json
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from end_to_end.oracle import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from end_to_end.issuer import Token

ATTACKERS_KEY = Ed25519PrivateKey.generate()
LONG_AGO_SECONDS = 3600  # beyond every leeway


def tampered(token: Token) -> Token:
    """Change one bit of the signature."""
    signed, _, signature = token.text.rpartition(".")
    content = bytearray(urlsafe_b64decode(signature + "=="))
    content[secrets.randbelow(len(content))] ^= 1 << secrets.randbelow(8)
    return replace(token, text=f"{signed}.{_encoded(bytes(content))}")


def of_unknown_key(token: Token) -> Token:
    """Sign the same claims with a key of one's own, under a `kid` that nobody has heard of."""
    key_id = secrets.token_urlsafe(24)
    text = jwt.encode(token.claims, ATTACKERS_KEY, algorithm="EdDSA", headers={"kid": key_id})
    return replace(token, text=text, key_id=key_id)


def unsigned(token: Token) -> Token:
    """Claim that no signature is needed (RFC 7519 section 6)."""
    header = _encoded(json.dumps({"alg": "none", "kid": token.key_id}).encode())
    return replace(token, text=f"{header}.{token.text.split('.')[1]}.")


def signed_with_public_key(token: Token, public_key: Mapping[str, Any]) -> Token:
    """Take the issuer's public key for a shared secret (RFC 8725 section 2.1)."""
    secret = urlsafe_b64decode(public_key["x"] + "==")
    return replace(token, text=jwt.encode(token.claims, secret, algorithm="HS256", headers={"kid": token.key_id}))


def claims_to_sign(kind: Kind, claims: Mapping[str, Any]) -> dict[str, Any]:
    """Return claims that stay wrong under a genuine signature."""
    now = int(time.time())
    wrong: dict[Kind, dict[str, Any]] = {
        Kind.EXPIRED: {"iat": now - 2 * LONG_AGO_SECONDS, "exp": now - LONG_AGO_SECONDS},
        Kind.OTHER_AUDIENCE: {"aud": "https://another-api.example"},
        Kind.OTHER_ISSUER: {"iss": "https://another-issuer.example"},
    }
    return {**claims, **wrong[kind]}


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
