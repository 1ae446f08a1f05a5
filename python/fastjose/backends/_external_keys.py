"""Key objects of other libraries, `cryptography`'s and `ecdsa`'s, as PEM: each writes itself."""

from __future__ import annotations

from typing import Any

from fastjose.exceptions import JWKError

__all__ = ["export_pem"]


def export_pem(key: Any, kty: str) -> bytes | None:
    """Return `key` in PEM, or None if it is no key object. Called by the native core.

    Args:
        key: Anything.
        kty: The kind that is expected; for `EC` python-jose takes whatever has a method `to_pem`.

    Raises:
        JWKError: The object does not write itself.
    """
    try:
        if hasattr(key, "private_bytes") or _is_public(key):
            return _of_cryptography(key)
        return _octets(key.to_pem()) if kty == "EC" and hasattr(key, "to_pem") else None
    except Exception as error:  # whatever a foreign object raises
        raise JWKError("The key object cannot be written as PEM.") from error


def _is_public(key: Any) -> bool:
    """Tell a public key from a certificate, which has a public key."""
    return hasattr(key, "public_bytes") and not hasattr(key, "public_key")


def _of_cryptography(key: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - who has such a key has the library

    encoding = serialization.Encoding.PEM
    if hasattr(key, "private_bytes"):
        return _octets(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return _octets(key.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo))


def _octets(written: Any) -> bytes:
    if not isinstance(written, str | bytes):
        raise TypeError("what a key object writes must be str or bytes")
    return written.encode() if isinstance(written, str) else written
