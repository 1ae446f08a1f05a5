"""Tokens that must never be accepted, created from a genuine token."""

from __future__ import annotations

import json
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from end_to_end.oracle import TokenKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from end_to_end.issuer import Token

ATTACKERS_KEY = Ed25519PrivateKey.generate()
PAST_SECONDS = 3600  # more than any leeway


def tamper_with_signature(token: Token) -> Token:
    """Change one bit of the signature."""
    signed, _, signature = token.text.rpartition(".")
    content = bytearray(urlsafe_b64decode(signature + "=="))
    content[secrets.randbelow(len(content))] ^= 1 << secrets.randbelow(8)
    return replace(token, text=f"{signed}.{_base64url(bytes(content))}")


def sign_with_unknown_key(token: Token) -> Token:
    """Sign the claims with a key of the attacker, under a `kid` that the issuer never published."""
    key_id = secrets.token_urlsafe(24)
    text = jwt.encode(token.claims, ATTACKERS_KEY, algorithm="EdDSA", headers={"kid": key_id})
    return replace(token, text=text, key_id=key_id)


def remove_signature(token: Token) -> Token:
    """Set `alg` to `none` and remove the signature (RFC 7519 section 6)."""
    header = _base64url(json.dumps({"alg": "none", "kid": token.key_id}).encode())
    return replace(token, text=f"{header}.{token.text.split('.')[1]}.")


def sign_with_public_key(token: Token, public_key: Mapping[str, Any]) -> Token:
    """Sign with the issuer's public key as an HMAC secret (RFC 8725 section 2.1)."""
    secret = urlsafe_b64decode(public_key["x"] + "==")
    return replace(token, text=jwt.encode(token.claims, secret, algorithm="HS256", headers={"kid": token.key_id}))


def invalidate_claims(kind: TokenKind, claims: Mapping[str, Any]) -> dict[str, Any]:
    """Return invalid claims, which must be rejected under a genuine signature."""
    now = int(time.time())
    changes: dict[TokenKind, dict[str, Any]] = {
        TokenKind.EXPIRED: {"iat": now - 2 * PAST_SECONDS, "exp": now - PAST_SECONDS},
        TokenKind.OTHER_AUDIENCE: {"aud": "https://another-api.example"},
        TokenKind.OTHER_ISSUER: {"iss": "https://another-issuer.example"},
    }
    return {**claims, **changes[kind]}


def _base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
