"""New signing keys for tests, one for each issuer."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from typing import Any

from fastjose import jwk
from fastjose._core import ASYMMETRIC_ALGORITHMS, MIN_SECRET_BYTES

_ED25519_PREFIX = bytes.fromhex("302e020100300506032b657004220420")
"""What precedes the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410 §7)."""
_EC_CURVES = {"ES256": "SECP256R1", "ES384": "SECP384R1", "ES512": "SECP521R1", "ES256K": "SECP256K1"}
_RSA_BITS = 2_048


@dataclass(frozen=True)
class SigningKey:
    """A key pair, or a secret.

    Attributes:
        kid: The key ID, 32 characters, as Better Auth creates them.
        private: The private key as PEM, or the secret.
        public_jwk: The public key as a JWK with `kid` and `alg`. None for a secret.
    """

    kid: str
    private: str
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
    kid = secrets.token_hex(16)
    if algorithm in MIN_SECRET_BYTES:
        return SigningKey(kid, secrets.token_urlsafe(MIN_SECRET_BYTES[algorithm]), None)
    private = _create_private_pem(algorithm)
    public: dict[str, Any] = jwk.construct(private, algorithm).public_key().to_dict()
    return SigningKey(kid, private, {**public, "kid": kid, "alg": algorithm})


def _create_private_pem(algorithm: str) -> str:
    if algorithm in {"EdDSA", "Ed25519"}:
        return _encode_pem(_ED25519_PREFIX + secrets.token_bytes(32))
    if algorithm in ASYMMETRIC_ALGORITHMS or algorithm in _EC_CURVES:
        return _create_pem_with_cryptography(algorithm)
    raise ValueError("algorithm must be one that fastjose supports, such as EdDSA, ES256, RS256 or HS256")


def _create_pem_with_cryptography(algorithm: str) -> str:
    try:
        from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: PLC0415 - only these keys require it
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - as above
            Encoding,
            NoEncryption,
            PrivateFormat,
        )
    except ModuleNotFoundError as missing:
        text = f"{algorithm} requires the library cryptography: pip install cryptography, or use EdDSA"
        raise ModuleNotFoundError(text, name=missing.name) from None
    key: Any
    if algorithm in _EC_CURVES:
        key = ec.generate_private_key(getattr(ec, _EC_CURVES[algorithm])())
    else:
        key = rsa.generate_private_key(65_537, _RSA_BITS)
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode()


def _encode_pem(der: bytes) -> str:
    return f"-----BEGIN PRIVATE KEY-----\n{base64.b64encode(der).decode()}\n-----END PRIVATE KEY-----\n"
