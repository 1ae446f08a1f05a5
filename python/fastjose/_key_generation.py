"""New keys: private keys in PEM, and secrets."""

from __future__ import annotations

import base64
import secrets
from typing import Any, Final

from fastjose._core import ASYMMETRIC_ALGORITHMS, MIN_SECRET_BYTES

SUPPORTED_ALGORITHMS: Final = (*MIN_SECRET_BYTES, *ASYMMETRIC_ALGORITHMS, "ES256K")
"""The JOSE names of all algorithms for which keys can be created."""

MIN_RSA_BITS: Final = 2_048
"""The length of the shortest RSA key that verifies tokens, in bits (RFC 7518 §3.3)."""

_ED25519_PREFIX = bytes.fromhex("302e020100300506032b657004220420")
"""What precedes the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410 §7)."""
_EC_CURVES = {"ES256": "SECP256R1", "ES384": "SECP384R1", "ES512": "SECP521R1", "ES256K": "SECP256K1"}


def create_secret(algorithm: str) -> str:
    """Return a new secret for an HS* algorithm: as many random bytes as its hash has, in base64url (RFC 7518 §3.2)."""
    return secrets.token_urlsafe(MIN_SECRET_BYTES[algorithm])


def create_private_pem(algorithm: str, rsa_bits: int = MIN_RSA_BITS) -> str:
    """Return a new private key for `algorithm`, in PEM (PKCS #8).

    Raises:
        ValueError: The algorithm is not supported, or it is an HS* algorithm.
        ModuleNotFoundError: RSA and EC keys require the library `cryptography`, which is not installed.
    """
    if algorithm in {"EdDSA", "Ed25519"}:
        return _encode_pem(_ED25519_PREFIX + secrets.token_bytes(32))
    if algorithm in ASYMMETRIC_ALGORITHMS or algorithm in _EC_CURVES:
        return _create_pem_with_cryptography(algorithm, rsa_bits)
    raise ValueError("algorithm must be one that fastjose supports, such as EdDSA, ES256, RS256 or HS256")


def _create_pem_with_cryptography(algorithm: str, rsa_bits: int) -> str:
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
        key = rsa.generate_private_key(65_537, rsa_bits)
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode()


def _encode_pem(der: bytes) -> str:
    return f"-----BEGIN PRIVATE KEY-----\n{base64.b64encode(der).decode()}\n-----END PRIVATE KEY-----\n"
