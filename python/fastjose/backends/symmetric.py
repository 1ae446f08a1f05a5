"""Symmetric keys: `HMACKey` for signatures, and `AESKey` for JWE."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fastjose._core import CEK_BYTES, IV_BYTES, JweKey, KeyMaterial, aead_open, aead_seal, cbc_decrypt, cbc_encrypt
from fastjose._tracebacks import hide_arguments
from fastjose.backends._errors import raise_as_jwe_error
from fastjose.backends.base import Key
from fastjose.constants import ALGORITHMS
from fastjose.exceptions import JWKError
from fastjose.utils import base64url_encode, ensure_binary

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["AESKey", "HMACKey"]

_CBC_BYTES = {ALGORITHMS.A128CBC: 16, ALGORITHMS.A192CBC: 24, ALGORITHMS.A256CBC: 32}
_WRAP_BYTES = {ALGORITHMS.A128KW: 16, ALGORITHMS.A192KW: 24, ALGORITHMS.A256KW: 32}
_KEY_BYTES = {**CEK_BYTES, **_CBC_BYTES, **_WRAP_BYTES}
_WRAP_BY_BYTES = {size: name for name, size in _WRAP_BYTES.items()}

_CBC_IV_BYTES = 16
_MIN_WRAPPED_BYTES = 16
_SEMIBLOCK_BYTES = 8


class HMACKey(Key):
    """A shared secret for `HS256`, `HS384` or `HS512` (RFC 7518 §3.2).

    Attributes:
        prepared_key: The secret in the native core, under python-jose's name. Its repr does not show the secret; only
            `to_dict` returns it.
    """

    prepared_key: KeyMaterial

    @hide_arguments
    def __init__(self, key: str | bytes | dict[str, Any], algorithm: str) -> None:
        """Parse a secret.

        Args:
            key: The secret, which must not be empty. A str is encoded as UTF-8. Also a JWK with `kty` `oct`.
            algorithm: `HS256`, `HS384` or `HS512`.

        Raises:
            JWKError: The algorithm or the type of `key` is not one of these. Also if `key` is a public key, a private
                key or a certificate in any encoding (RFC 8725 §2.1), or a JWK whose `alg`, `use` or `key_ops` does not
                allow the algorithm.
        """
        if algorithm not in ALGORITHMS.HMAC:
            raise JWKError(f"hash_alg: {algorithm} is not a valid hash algorithm")
        self._algorithm = algorithm
        self.prepared_key = KeyMaterial(key, "oct", algorithm)

    def sign(self, msg: str | bytes) -> bytes:
        """Return the MAC of `msg`. A str is encoded as UTF-8.

        Raises:
            TypeError: `msg` is neither str nor bytes.
        """
        return self.prepared_key.sign(self._algorithm, ensure_binary(msg))

    def verify(self, msg: str | bytes, sig: str | bytes) -> bool:
        """Return whether `sig` is the MAC of `msg`, compared in constant time.

        Raises:
            TypeError: `msg` or `sig` is neither str nor bytes.
        """
        return self.prepared_key.verify(self._algorithm, ensure_binary(msg), ensure_binary(sig))

    def to_dict(self) -> dict[str, Any]:
        """Return the secret as a JWK: `alg`, `kty` and `k`. The value of `k` is a str."""
        return {"alg": self._algorithm, **self.prepared_key.to_jwk()}


class AESKey(Key):
    """An AES key, for content encryption (`A128GCM`, `A128CBC-HS256`, `A128CBC` …) or key wrapping (`A128KW` …).

    `A128CBC`, `A192CBC` and `A256CBC` do not authenticate. If an attacker can submit ciphertexts and observe which ones
    fail, they can decrypt every message (padding oracle). Use GCM or `jwe`.
    """

    @hide_arguments
    def __init__(self, key: str | Buffer, algorithm: str) -> None:
        """Store the bytes of a key.

        Args:
            key: The key, exactly as long as `algorithm` requires. A str is encoded as UTF-8.
            algorithm: One of `ALGORITHMS.AES`.

        Raises:
            JWKError: The algorithm is not supported, or the length of the key is wrong. Also for a str with a lone
                surrogate.
            TypeError: `key` is neither str nor bytes-like.
        """
        if algorithm not in ALGORITHMS.AES:
            raise JWKError(f"{algorithm} is not a valid AES algorithm")
        if algorithm not in ALGORITHMS.SUPPORTED | ALGORITHMS.AES_PSEUDO:
            raise JWKError(f"{algorithm} is not a supported algorithm")
        self._key = _parse_key(key, algorithm)
        self._algorithm = algorithm

    def to_dict(self) -> dict[str, Any]:
        """Return the key as a JWK (RFC 7518 §6.4). The value of `k` is bytes, as in python-jose."""
        return {"alg": self._algorithm, "kty": "oct", "k": base64url_encode(self._key)}

    def encrypt(self, plain_text: str | bytes, aad: bytes | None = None) -> tuple[bytes, bytes, bytes | None]:
        """Encrypt content with a random initialization vector (RFC 7518 §5.2, §5.3).

        Args:
            plain_text: The content. A str is encoded as UTF-8.
            aad: Additional authenticated data. Ignored for plain CBC.

        Returns:
            The IV (12 bytes for GCM, 16 for CBC), the ciphertext and the tag. The tag is None for plain CBC.

        Raises:
            JWEError: The algorithm is for key wrapping, or `aad` is not bytes.
            TypeError: `plain_text` is neither str nor bytes.
        """
        plaintext = ensure_binary(plain_text)
        iv = os.urandom(IV_BYTES.get(self._algorithm, _CBC_IV_BYTES))
        return (iv, *raise_as_jwe_error(lambda: self._encrypt(iv, aad or b"", plaintext)))

    def decrypt(
        self,
        cipher_text: str | bytes,
        iv: str | bytes | None = None,
        aad: bytes | None = None,
        tag: bytes | None = None,
    ) -> bytes:
        """Decrypt content. The tag is verified before the padding is removed.

        Args:
            cipher_text: The ciphertext.
            iv: The initialization vector that `encrypt` returned.
            aad: The additional authenticated data that `encrypt` received.
            tag: The tag that `encrypt` returned. Ignored for plain CBC.

        Raises:
            JWEError: The tag is missing or wrong, or another argument is invalid. For plain CBC, the padding is wrong.
            TypeError: `cipher_text` is neither str nor bytes.
        """
        ciphertext = ensure_binary(cipher_text)
        return raise_as_jwe_error(lambda: self._decrypt(ensure_binary(iv or b""), aad or b"", ciphertext, tag))

    def wrap_key(self, key_data: str | bytes) -> bytes:
        """Wrap a key with AES key wrap (RFC 3394), with any algorithm of this key.

        Raises:
            ValueError: The length of `key_data` is below 16 bytes or not a multiple of 8. Also if the length of this
                key is not 16, 24 or 32 bytes.
            TypeError: `key_data` is neither str nor bytes.
        """
        key = self.jwe_key()
        return key.wrap(_check_wrappable(ensure_binary(key_data)))

    def unwrap_key(self, wrapped_key: str | bytes) -> bytes:
        """Return the key that `wrap_key` wrapped.

        Raises:
            JWEError: `wrapped_key` was not wrapped with this key.
            ValueError: The length of this key is not 16, 24 or 32 bytes.
            TypeError: `wrapped_key` is neither str nor bytes.
        """
        return self.jwe_key().unwrap(ensure_binary(wrapped_key))

    def jwe_key(self) -> JweKey:
        """Return the key of the native core that decrypts tokens.

        Raises:
            ValueError: The length of this key is not 16, 24 or 32 bytes.
        """
        if len(self._key) not in _WRAP_BY_BYTES:
            raise ValueError("The wrapping key must be a valid AES key length")
        return JweKey(self._key, _WRAP_BY_BYTES[len(self._key)])

    def _encrypt(self, iv: bytes, aad: bytes, plaintext: bytes) -> tuple[bytes, bytes | None]:
        """Return the ciphertext and the tag."""
        if self._algorithm in CEK_BYTES:
            return aead_seal(self._algorithm, self._key, iv, aad, plaintext)
        self._check_encrypts_content()
        return cbc_encrypt(self._key, iv, plaintext), None

    def _decrypt(self, iv: bytes, aad: bytes, ciphertext: bytes, tag: bytes | None) -> bytes:
        """Return the plaintext."""
        if self._algorithm in CEK_BYTES:
            if tag is None:
                raise ValueError("tag cannot be None")
            return aead_open(self._algorithm, self._key, iv, aad, ciphertext, tag)
        self._check_encrypts_content()
        return cbc_decrypt(self._key, iv, ciphertext)

    def _check_encrypts_content(self) -> None:
        """Raise a ValueError if the algorithm is for key wrapping."""
        if self._algorithm in _WRAP_BYTES:
            raise ValueError(f"Algorithm {self._algorithm} does not support content encryption.")


def _parse_key(key: str | Buffer, algorithm: str) -> bytes:
    """Return the bytes of a key.

    Raises:
        JWKError: The length does not match the algorithm.
        TypeError: `key` has no length, or is not bytes-like.
    """
    content = _encode_or_empty(key) if isinstance(key, str) else key
    size_bytes = _KEY_BYTES[algorithm]
    # As in python-jose, the length is checked before the type: a JWK is a key of a wrong length.
    if len(content) != size_bytes:  # type: ignore[arg-type]  # an object without a length raises a TypeError
        raise JWKError(f"Key must be {size_bytes * 8} bit for alg {algorithm}")
    return bytes(memoryview(content))


def _encode_or_empty(text: str) -> bytes:
    """Return the text as UTF-8, or empty bytes, which are not a key, if it has a lone surrogate."""
    with suppress(UnicodeEncodeError):
        return text.encode()
    return b""


def _check_wrappable(key_data: bytes) -> bytes:
    """Return `key_data` if its length is valid for AES key wrap (RFC 3394 §2).

    Raises:
        ValueError: The length is below 16 bytes or not a multiple of 8.
    """
    if len(key_data) < _MIN_WRAPPED_BYTES:
        raise ValueError("The key to wrap must be at least 16 bytes")
    if len(key_data) % _SEMIBLOCK_BYTES:
        raise ValueError("The key to wrap must be a multiple of 8 bytes")
    return key_data
