"""Keys that both sides know: for signing with HMAC, and for AES."""

from __future__ import annotations

from typing import Any

from fastjose._core import KeyMaterial
from fastjose.backends.base import Key
from fastjose.constants import ALGORITHMS
from fastjose.exceptions import JWKError
from fastjose.utils import ensure_binary

__all__ = ["AESKey", "HMACKey"]


class HMACKey(Key):
    """A shared secret for `HS256`, `HS384` or `HS512` (RFC 7518 §3.2).

    Attributes:
        prepared_key: The secret, kept natively and shown to nobody; `to_dict` writes it.
    """

    prepared_key: KeyMaterial

    def __init__(self, key: str | bytes | dict[str, Any], algorithm: str) -> None:
        """Take a secret.

        Args:
            key: The secret, of any length but empty, a str as UTF-8; or a JWK of `kty` `oct`.
            algorithm: `HS256`, `HS384` or `HS512`.

        Raises:
            JWKError: The algorithm is another, or the key is none of these; also for a public key, a private key or a
                certificate in the place of a secret, whatever its form (RFC 8725 §2.1).
        """
        if algorithm not in ALGORITHMS.HMAC:
            raise JWKError(f"hash_alg: {algorithm} is not a valid hash algorithm")
        self._algorithm = algorithm
        self.prepared_key = KeyMaterial(key, "oct")

    def sign(self, msg: str | bytes) -> bytes:
        """Return the MAC of `msg`, a str as UTF-8.

        Raises:
            TypeError: `msg` is neither str nor bytes.
        """
        return self.prepared_key.sign(self._algorithm, ensure_binary(msg))

    def verify(self, msg: str | bytes, sig: str | bytes) -> bool:
        """Return whether `sig` is the MAC of `msg`; compared in constant time.

        Raises:
            TypeError: `msg` or `sig` is neither str nor bytes.
        """
        return self.prepared_key.verify(self._algorithm, ensure_binary(msg), ensure_binary(sig))

    def to_dict(self) -> dict[str, Any]:
        """Return the secret as a JWK: `alg`, `kty`, `k`, each a str."""
        return {"alg": self._algorithm, **self.prepared_key.to_jwk()}


class AESKey(Key):
    """An AES key."""
