"""Claims of several sizes, a key pair for each algorithm, and tokens signed with them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from fastjose import jwk, sign_token

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ORIGIN = "https://app.example.com"
SECRET = "a secret for these benches that is long enough for HS512 as well: 64"
KID = "k" * 32
HOUR_SECONDS = 3_600
NOW = int(time.time())

CLAIMS: Mapping[str, Any] = {
    "iat": NOW,
    "id": "a" * 32,
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "emailVerified": False,
    "createdAt": "2026-01-01T00:00:00.000Z",
    "updatedAt": "2026-01-01T00:00:00.000Z",
    "image": None,
    "sub": "a" * 32,
    "exp": NOW + 24 * HOUR_SECONDS,
    "iss": ORIGIN,
    "aud": ORIGIN,
}
"""Twelve claims, as Better Auth issues them. A token with these claims has about 560 bytes."""

CLAIMS_BY_SIZE: Mapping[str, Mapping[str, Any]] = {
    "4 claims": {name: CLAIMS[name] for name in ("sub", "exp", "iss", "aud")},
    "12 claims": CLAIMS,
    "60 claims": {**CLAIMS, **{f"claim{number}": f"value {number}" for number in range(60 - len(CLAIMS))}},
    "8 KB": {**CLAIMS, "groups": [f"group-{number:03}" for number in range(500)]},
}


def _generate_rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, 2_048)


_KEY_GENERATORS: Mapping[str, tuple[str, Callable[[], Any] | None]] = {
    "HS256": ("oct", None),
    "HS512": ("oct", None),
    "RS256": ("RSA", _generate_rsa_key),
    "PS256": ("RSA", _generate_rsa_key),
    "ES256": ("EC", lambda: ec.generate_private_key(ec.SECP256R1())),
    "ES384": ("EC", lambda: ec.generate_private_key(ec.SECP384R1())),
    "EdDSA": ("OKP", ed25519.Ed25519PrivateKey.generate),
}
"""The key type (`kty`) and the key generator of each algorithm. HMAC uses `SECRET` instead of a generator."""
ALGORITHMS = tuple(_KEY_GENERATORS)
KEY_TYPES: Mapping[str, str] = {algorithm: kty for algorithm, (kty, _) in _KEY_GENERATORS.items()}


@dataclass(frozen=True)
class KeyPair:
    """A signing key and a verification key. Both are the secret for HMAC, and PEM for the other algorithms."""

    signing_key: str
    verification_key: str
    verification_jwk: dict[str, Any]


def get_key_pair(algorithm: str, index: int = 0) -> KeyPair:
    """Return the key pair of `algorithm` with that index, generated at the first call."""
    return _get_key_pair(algorithm, index)


@cache
def _get_key_pair(algorithm: str, index: int) -> KeyPair:
    generate_key = _KEY_GENERATORS[algorithm][1]
    if generate_key is None:
        secret = f"{index}{SECRET}"
        return KeyPair(secret, secret, _export_jwk(secret, algorithm))
    private_key = generate_key()
    private_pem = private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public_pem = private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return KeyPair(private_pem, public_pem, _export_jwk(public_pem, algorithm))


def _export_jwk(verification_key: str, algorithm: str) -> dict[str, Any]:
    """Return the key as a JWK without `alg`, which PyJWT and similar libraries take as a separate argument."""
    members = jwk.construct(verification_key, algorithm).to_dict()
    return {name: value for name, value in members.items() if name != "alg"}


def create_token(algorithm: str, claims: Mapping[str, Any] = CLAIMS, *, kid: str = KID, key_index: int = 0) -> str:
    """Return a token signed by the key pair with that index."""
    return sign_token(claims, get_key_pair(algorithm, key_index).signing_key, algorithm=algorithm, header={"kid": kid})


def create_expired_token(algorithm: str) -> str:
    """Return a token that expired an hour ago."""
    return create_token(algorithm, {**CLAIMS, "iat": NOW - 2 * HOUR_SECONDS, "exp": NOW - HOUR_SECONDS})


def create_forged_token(algorithm: str) -> str:
    """Return a token signed by another key of the same algorithm."""
    return create_token(algorithm, key_index=1)
