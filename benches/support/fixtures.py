"""What is signed and verified: claims of several sizes, a key pair for each algorithm, tokens."""

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
HOUR = 3_600
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
    "exp": NOW + 24 * HOUR,
    "iss": ORIGIN,
    "aud": ORIGIN,
}
"""Twelve claims, as Better Auth issues them; a token of them has some 560 bytes."""

SHORT: Mapping[str, Any] = {name: CLAIMS[name] for name in ("sub", "exp", "iss", "aud")}
SIZES: Mapping[str, Mapping[str, Any]] = {
    "4 claims": SHORT,
    "12 claims": CLAIMS,
    "60 claims": {**CLAIMS, **{f"claim{number}": f"value {number}" for number in range(60 - len(CLAIMS))}},
    "8 KB": {**CLAIMS, "groups": [f"group-{number:03}" for number in range(500)]},
}


def _rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, 2_048)


_PRIVATE: Mapping[str, tuple[str, Callable[[], Any] | None]] = {
    "HS256": ("oct", None),
    "HS512": ("oct", None),
    "RS256": ("RSA", _rsa),
    "PS256": ("RSA", _rsa),
    "ES256": ("EC", lambda: ec.generate_private_key(ec.SECP256R1())),
    "ES384": ("EC", lambda: ec.generate_private_key(ec.SECP384R1())),
    "EdDSA": ("OKP", ed25519.Ed25519PrivateKey.generate),
}
ALGORITHMS = tuple(_PRIVATE)
KEY_TYPES: Mapping[str, str] = {algorithm: kty for algorithm, (kty, _) in _PRIVATE.items()}


@dataclass(frozen=True)
class Keys:
    """What signs and what verifies, as text: a secret, or PEM; and what verifies as a JWK."""

    signing: str
    verifying: str
    jwk: dict[str, Any]


def keys(algorithm: str, number: int = 0) -> Keys:
    """Return a key pair for `algorithm`, the same one each time; another one for another `number`."""
    return _keys(algorithm, number)


@cache
def _keys(algorithm: str, number: int) -> Keys:
    generate = _PRIVATE[algorithm][1]
    if generate is None:
        secret = f"{number}{SECRET}"
        return Keys(secret, secret, _jwk(secret, algorithm))
    private = generate()
    signing = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    verifying = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return Keys(signing, verifying, _jwk(verifying, algorithm))


def _jwk(verifying: str, algorithm: str) -> dict[str, Any]:
    """Return a key as the JWK Set of an issuer has it: without `alg`, which PyJWT and its like get beside it."""
    parameters = jwk.construct(verifying, algorithm).to_dict()
    return {name: value for name, value in parameters.items() if name != "alg"}


def token(algorithm: str, claims: Mapping[str, Any] = CLAIMS, *, kid: str = KID, number: int = 0) -> str:
    """Return a token that the key pair of that `number` has signed."""
    return sign_token(claims, keys(algorithm, number).signing, algorithm=algorithm, header={"kid": kid})


def expired_token(algorithm: str) -> str:
    """Return a token that expired an hour ago."""
    return token(algorithm, {**CLAIMS, "iat": NOW - 2 * HOUR, "exp": NOW - HOUR})


def forged_token(algorithm: str) -> str:
    """Return a token that somebody else's key has signed."""
    return token(algorithm, number=1)
