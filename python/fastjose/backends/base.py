"""`Key`, the base class of all key classes, and `DIRKey`, a shared content encryption key."""

from __future__ import annotations

from typing import Any

from fastjose._tracebacks import hide_arguments
from fastjose.backends._errors import key_bytes
from fastjose.utils import base64url_encode

__all__ = ["DIRKey", "Key"]


class Key:
    """A key for one algorithm. An operation that a class does not support raises `NotImplementedError`.

    To use your own class for an algorithm, derive it from `Key` and register it:

    Example::

        class HardwareKey(Key):
            def sign(self, msg):
                return hardware_module.sign(msg)


        jwk.register_key("RS256", HardwareKey)
    """

    def __init__(self, key: Any, algorithm: str) -> None:
        """Accept the key material and the algorithm. Subclasses store what they need.

        Args:
            key: The key material, in a form that the subclass accepts.
            algorithm: The JOSE name of the algorithm.
        """

    def sign(self, msg: Any) -> bytes:
        """Return the signature over `msg` (RFC 7515 §5.1)."""
        raise NotImplementedError

    def verify(self, msg: Any, sig: Any) -> bool:
        """Return whether `sig` is a valid signature over `msg` (RFC 7515 §5.2)."""
        raise NotImplementedError

    def public_key(self) -> Key:
        """Return the public key, which is the key itself if it is public."""
        raise NotImplementedError

    def to_pem(self) -> bytes:
        """Return the key in PEM (RFC 7468)."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Return the key as a JWK (RFC 7517 §4)."""
        raise NotImplementedError

    def encrypt(self, plain_text: str | bytes, aad: bytes | None = None) -> tuple[bytes, bytes, bytes | None]:
        """Encrypt `plain_text` with a random initialization vector.

        Args:
            plain_text: The content. A str is encoded as UTF-8.
            aad: Additional authenticated data. Ignored if the algorithm does not authenticate.

        Returns:
            The initialization vector, the ciphertext and the authentication tag. The tag is None if the algorithm does
            not authenticate.
        """
        raise NotImplementedError

    def decrypt(
        self,
        cipher_text: str | bytes,
        iv: str | bytes | None = None,
        aad: bytes | None = None,
        tag: bytes | None = None,
    ) -> bytes:
        """Return the plaintext of `cipher_text`.

        Args:
            cipher_text: The ciphertext.
            iv: The initialization vector that `encrypt` returned.
            aad: The additional authenticated data that `encrypt` received.
            tag: The authentication tag that `encrypt` returned.
        """
        raise NotImplementedError

    def wrap_key(self, key_data: bytes) -> bytes:
        """Return a content encryption key, encrypted with this key (RFC 7516 §5.1)."""
        raise NotImplementedError

    def unwrap_key(self, wrapped_key: bytes) -> bytes:
        """Return the content encryption key that `wrap_key` encrypted (RFC 7516 §5.2)."""
        raise NotImplementedError


class DIRKey(Key):
    """A content encryption key that both sides share (`dir`, RFC 7518 §4.5)."""

    @hide_arguments
    def __init__(self, key_data: str | bytes, algorithm: str) -> None:
        """Store the key.

        Args:
            key_data: The key. A str is encoded as UTF-8.
            algorithm: `dir`.

        Raises:
            JWKError: `key_data` is a str with a lone surrogate.
            TypeError: `key_data` is neither str nor bytes.
        """
        self._key = key_bytes(key_data)
        self._alg = algorithm

    def to_dict(self) -> dict[str, Any]:
        """Return the key as a JWK: `alg`, `kty` and `k`. The value of `k` is bytes, as in python-jose."""
        return {"alg": self._alg, "kty": "oct", "k": base64url_encode(self._key)}
