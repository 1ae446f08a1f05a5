"""The keys of the issuer, its tokens, and bad tokens. PyJWT signs, not the library under test."""

from __future__ import annotations

import base64
import enum
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

ISSUER, AUDIENCE = "https://issuer.example", "https://api.example"
LIFETIME_SECONDS = 3_600  # longer than a run
PAST_SECONDS = 3_600  # more than any leeway


class Kind(enum.Enum):
    """The kind of a token."""

    GOOD = "good"
    EXPIRED = "expired"  # signed by a key that is published
    FORGED = "forged"  # signed by the attacker, with the kid of a key that is published
    UNKNOWN_KEY = "unknown kid"  # signed by the attacker, with a kid that never was published; each has another one
    GARBAGE = "garbage"


BAD: list[Kind] = [kind for kind in Kind if kind is not Kind.GOOD]


@dataclass(frozen=True)
class SigningKey:
    """A key with its `kid`."""

    key_id: str
    private: ec.EllipticCurvePrivateKey

    @classmethod
    def generate(cls) -> SigningKey:
        """Return a new key."""
        return cls(secrets.token_urlsafe(12), ec.generate_private_key(ec.SECP256R1()))

    @property
    def public_jwk(self) -> dict[str, Any]:
        """The public key."""
        jwk = json.loads(ECAlgorithm(ECAlgorithm.SHA256).to_jwk(self.private.public_key()))
        return {**jwk, "kid": self.key_id, "alg": "ES256", "use": "sig"}


ATTACKER = SigningKey.generate()


def create_user_id(number: int) -> str:
    """Return the id of the user with this number."""
    return f"user-{number:04d}"


def create_token(kind: Kind, key: SigningKey, number: int) -> str:
    """Return a token of this kind for the user with this number; `key` is a published key."""
    if kind is Kind.GARBAGE:
        return _create_garbage(number)
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": create_user_id(number),
        "iat": now,
        "exp": now + LIFETIME_SECONDS,
        "email": f"{create_user_id(number)}@example.com",
        "email_verified": True,
        "jti": secrets.token_urlsafe(12),
    }
    if kind is Kind.EXPIRED:
        claims |= {"iat": now - 2 * PAST_SECONDS, "exp": now - PAST_SECONDS}
    signer = key if kind in (Kind.GOOD, Kind.EXPIRED) else ATTACKER
    key_id = secrets.token_urlsafe(12) if kind is Kind.UNKNOWN_KEY else key.key_id
    return jwt.encode(claims, signer.private, algorithm="ES256", headers={"kid": key_id})


def _create_garbage(number: int) -> str:
    """Return text that is not a token: of 1 to 2,000 characters, with less than three segments."""
    text = base64.urlsafe_b64encode(secrets.token_bytes(1 + number * 37 % 1_500)).rstrip(b"=").decode()
    middle = len(text) // 2
    return text if number % 2 else f"{text[:middle]}.{text[middle:]}"
