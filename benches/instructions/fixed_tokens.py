"""Keys and tokens that are equal in every run, because the instructions of a signature check depend on its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from benches.support import fixtures
from benches.support.fixtures import KID, SECRET
from fastjose import sign_token
from fastjose.utils import base64url_encode

if TYPE_CHECKING:
    from collections.abc import Mapping

ISSUED, EXPIRES = 1_700_000_000, 4_000_000_000
CLAIMS: Mapping[str, Any] = {**fixtures.CLAIMS, "iat": ISSUED, "exp": EXPIRES}
"""The twelve claims of the other benches, issued and expiring at fixed times."""


def _create_key(fill: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([fill]) * 32)


def _export_pem(key: Ed25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


_KEY, _OTHER_KEY = _create_key(7), _create_key(8)
_PUBLIC_BYTES = _KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
ED25519_JWK = {
    "kty": "OKP",
    "crv": "Ed25519",
    "alg": "EdDSA",
    "kid": KID,
    "x": base64url_encode(_PUBLIC_BYTES).decode(),
}
"""Public key that verifies the tokens."""


def create_hs256_token() -> str:
    """Return a token with the twelve claims."""
    return sign_token(CLAIMS, SECRET, algorithm="HS256", header={"kid": KID})


def create_eddsa_token(number: int = 0, *, is_forged: bool = False) -> str:
    """Return a token with the twelve claims, and `number` as `jti` unless it is 0. Another key signs a forged one."""
    claims = {**CLAIMS, "jti": str(number)} if number else CLAIMS
    key = _OTHER_KEY if is_forged else _KEY
    return sign_token(claims, _export_pem(key), algorithm="EdDSA", header={"kid": KID})
