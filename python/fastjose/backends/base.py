"""`Key`: what every class of keys has, a program's own too; and `DIRKey`, which only carries its octets."""

from __future__ import annotations

from typing import Any

from fastjose.backends._errors import key_octets
from fastjose.utils import base64url_encode

__all__ = ["DIRKey", "Key"]


class Key:
    """A key for one algorithm. What a class of keys cannot do raises `NotImplementedError`.

    To use a class of your own for an algorithm, derive it from this one and give it to `jwk.register_key`.
    """

    def __init__(self, key: Any, algorithm: str) -> None:
        """Keep nothing; each class reads what it takes."""

    def sign(self, msg: Any) -> bytes:
        """Return the signature over `msg` (RFC 7515 §5.1)."""
        raise NotImplementedError

    def verify(self, msg: Any, sig: Any) -> bool:
        """Return whether `sig` is this key's signature over `msg` (RFC 7515 §5.2)."""
        raise NotImplementedError

    def public_key(self) -> Key:
        """Return the public half; of a public key, the key itself."""
        raise NotImplementedError

    def to_pem(self) -> bytes:
        """Return the key in PEM (RFC 7468)."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Return the key as a JWK (RFC 7517 §4)."""
        raise NotImplementedError

    def encrypt(self, plain_text: str | bytes, aad: bytes | None = None) -> tuple[bytes, bytes, bytes | None]:
        """Encrypt `plain_text`.

        Args:
            plain_text: What is encrypted; a str as UTF-8.
            aad: What is authenticated along with it, where the algorithm authenticates.

        Returns:
            The initialization vector, the ciphertext, and the authentication tag; None for the tag where there is none.
        """
        raise NotImplementedError

    def decrypt(
        self,
        cipher_text: str | bytes,
        iv: str | bytes | None = None,
        aad: bytes | None = None,
        tag: bytes | None = None,
    ) -> bytes:
        """Return the plaintext of `cipher_text`, what `encrypt` was given."""
        raise NotImplementedError

    def wrap_key(self, key_data: bytes) -> bytes:
        """Return `key_data`, a content encryption key, encrypted (RFC 7516 §5.1)."""
        raise NotImplementedError

    def unwrap_key(self, wrapped_key: bytes) -> bytes:
        """Return what `wrap_key` was given (RFC 7516 §5.2)."""
        raise NotImplementedError


class DIRKey(Key):
    """A content encryption key that both sides know (RFC 7518 §4.5)."""

    def __init__(self, key_data: str | bytes, algorithm: str) -> None:
        """Take the octets of the key; a str as UTF-8.

        Raises:
            JWKError: `key_data` has no UTF-8 form.
            TypeError: It is neither str nor bytes.
        """
        self._key = key_octets(key_data)
        self._alg = algorithm

    def to_dict(self) -> dict[str, Any]:
        """Return the key as a JWK, whose `k` is bytes, as python-jose has it."""
        return {"alg": self._alg, "kty": "oct", "k": base64url_encode(self._key)}
