"""A key set with one Ed25519 key, and tokens that its key signed."""

from __future__ import annotations

import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from fastjose import sign_token
from support.tokens.jose_builder import b64u

_KEY = ed25519.Ed25519PrivateKey.generate()
_PRIVATE_PEM = _KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
_PUBLIC_X = b64u(_KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def make_key_set(kid: str = "k1") -> dict[str, Any]:
    """Return the key set."""
    return {"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": kid, "x": _PUBLIC_X}]}


def make_token(kid: str = "k1") -> str:
    """Return a token of the user `u` that is valid for a minute."""
    claims = {"sub": "u", "exp": int(time.time()) + 60}
    return sign_token(claims, _PRIVATE_PEM, algorithm="EdDSA", header={"kid": kid})
