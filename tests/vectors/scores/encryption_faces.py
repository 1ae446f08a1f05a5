"""The function that decrypts a token, as `(token, key) -> accepted`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastjose import JOSEError, jwe
from fastjose.utils import base64url_decode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vectors.scores.vector_sets import VectorKey


def decrypt(token: str, key: VectorKey) -> bytes:
    """Return the content of a token by `jwe.decrypt`.

    Raises:
        JOSEError: The token is rejected.
    """
    content = jwe.decrypt(token, jwe_key(key.jwk))
    return b"" if content is None else content


def jwe_key(jwk: Mapping[str, Any]) -> Any:
    """Return a JWK as `jwe.decrypt` takes it: a secret as bytes, any other key as it is."""
    return base64url_decode(jwk["k"].encode()) if jwk["kty"] == "oct" else jwk


def decrypt_with_jwe(token: str, key: VectorKey) -> bool:
    """Decrypt with `jwe.decrypt`."""
    try:
        decrypt(token, key)
    except JOSEError:
        return False
    return True
