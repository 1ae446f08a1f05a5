"""Tokens as Better Auth signs them, with a key of the tests: EdDSA, a `kid`, and a `typ` only if one is given."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import fastjose.jwk  # noqa: F401 - registers the key classes, without which `sign` raises
from fastjose._core import sign

if TYPE_CHECKING:
    from collections.abc import Mapping

_private_key = ed25519.Ed25519PrivateKey.generate()
KEY = _private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
KID = "jvFsjrg4Lz0url54PSMtfPnGYjlJQvEV"
_public_x = base64.urlsafe_b64encode(_private_key.public_key().public_bytes_raw()).rstrip(b"=").decode()
KEY_SET = {"keys": [{"alg": "EdDSA", "crv": "Ed25519", "x": _public_x, "kty": "OKP", "kid": KID}]}

BASE_URL = "https://app.example.com"


def sign_claims(
    claims: Mapping[str, Any],
    *,
    typ: str | None = None,
    algorithm: str = "EdDSA",
    key: str | bytes = KEY,
    kid: str = KID,
) -> str:
    """Return a token with `claims`."""
    header = {"alg": algorithm, "kid": kid, **({} if typ is None else {"typ": typ})}
    return sign(json.dumps(header).encode(), json.dumps(claims).encode(), key, algorithm)


def make_api_claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of an API token with `changes`; a claim that is ... is left out."""
    now = int(time.time())
    user = {"id": "user-1", "name": "Ada", "email": "ada@example.com", "emailVerified": True, "image": None}
    claims = {"iat": now, **user, "sub": "user-1", "exp": now + 900, "iss": BASE_URL, "aud": BASE_URL, **changes}
    return {name: value for name, value in claims.items() if value is not ...}


def make_api_token(**changes: Any) -> str:
    """Return an API token whose claims have `changes`."""
    return sign_claims(make_api_claims(**changes))
