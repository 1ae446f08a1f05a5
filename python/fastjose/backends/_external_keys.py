"""Key objects of the libraries `cryptography` and `ecdsa`, exported as PEM by their own methods."""

from __future__ import annotations

from typing import Any

from fastjose.exceptions import JWKError


def export_pem(key: Any, kty: str) -> bytes | None:
    """Return a key object in PEM, or None if `key` is not a key object. Called by the native core.

    Args:
        key: Any object.
        kty: The expected key type. For `EC`, any object with a method `to_pem` is a key object, as in python-jose.

    Raises:
        JWKError: The export failed.
    """
    try:
        if hasattr(key, "private_bytes") or _is_public_key(key):
            return _export_cryptography_key(key)
        return _to_bytes(key.to_pem()) if kty == "EC" and hasattr(key, "to_pem") else None
    except Exception as error:  # an object of another library may raise anything
        raise JWKError("The key object cannot be exported as PEM.") from error


def _is_public_key(key: Any) -> bool:
    """Return whether `key` is a public key of `cryptography`. A certificate is not: it has a method `public_key`."""
    return hasattr(key, "public_bytes") and not hasattr(key, "public_key")


def _export_cryptography_key(key: Any) -> bytes:
    """Return a key object of `cryptography` in PEM: PKCS #8 for a private key, SPKI for a public one."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - an optional dependency

    encoding = serialization.Encoding.PEM
    if hasattr(key, "private_bytes"):
        return _to_bytes(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return _to_bytes(key.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo))


def _to_bytes(exported: Any) -> bytes:
    """Return an exported key as bytes.

    Raises:
        TypeError: The export is neither str nor bytes.
    """
    if not isinstance(exported, str | bytes):
        raise TypeError("an exported key must be str or bytes")
    return exported.encode() if isinstance(exported, str) else exported
