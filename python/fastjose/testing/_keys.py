"""New signing keys for tests, one for each issuer."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from fastjose import jwk
from fastjose._core import MIN_SECRET_BYTES
from fastjose._key_generation import create_private_pem, create_secret


@dataclass(frozen=True)
class SigningKey:
    """A key pair, or a secret.

    Attributes:
        kid: The key ID, 32 characters, as Better Auth creates them.
        private: The private key as PEM, or the secret.
        public_jwk: The public key as a JWK with `kid` and `alg`. None for a secret.
    """

    kid: str
    private: str | bytes
    public_jwk: dict[str, Any] | None

    def __repr__(self) -> str:
        """Return the key ID alone."""
        return f"SigningKey(kid={self.kid!r})"


def create_signing_key(algorithm: str) -> SigningKey:
    """Create a key for `algorithm`.

    Raises:
        ValueError: The algorithm is not supported.
        ModuleNotFoundError: RSA and EC keys require the library `cryptography`, which is not installed.
    """
    if algorithm in MIN_SECRET_BYTES:
        return SigningKey(secrets.token_hex(16), create_secret(algorithm), None)
    return use_private_key(create_private_pem(algorithm), algorithm, secrets.token_hex(16))


def use_private_key(private: str, algorithm: str, kid: str) -> SigningKey:
    """Return the key of a private key in PEM.

    Raises:
        JWKError: The key cannot be used with the algorithm.
    """
    public: dict[str, Any] = jwk.construct(private, algorithm).public_key().to_dict()
    return SigningKey(kid, private, {**public, "kid": kid, "alg": algorithm})
