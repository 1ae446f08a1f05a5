"""Keys that both sides know: for signing with HMAC, and for AES."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fastjose import _core
from fastjose._core import KeyMaterial
from fastjose.backends._errors import jwe_answer
from fastjose.backends.base import Key
from fastjose.constants import ALGORITHMS
from fastjose.exceptions import JWKError
from fastjose.utils import base64url_encode, ensure_binary

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["AESKey", "HMACKey"]

_CBC_BYTES = {ALGORITHMS.A128CBC: 16, ALGORITHMS.A192CBC: 24, ALGORITHMS.A256CBC: 32}
_WRAP_BYTES = {ALGORITHMS.A128KW: 16, ALGORITHMS.A192KW: 24, ALGORITHMS.A256KW: 32}
_KEY_BYTES = {**_core.CEK_BYTES, **_CBC_BYTES, **_WRAP_BYTES}
_WRAP_BY_BYTES = {size: name for name, size in _WRAP_BYTES.items()}

_CBC_IV_BYTES = 16
_LEAST_WRAPPED_BYTES = 16
_SEMIBLOCK_BYTES = 8


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
    """An AES key: it encrypts content (`A128GCM`, `A128CBC-HS256` …, `A128CBC` …) or wraps keys (`A128KW` …).

    `A128CBC`, `A192CBC` and `A256CBC` authenticate nothing. Whoever can have changed ciphertexts decrypted under such a
    key, and learns which are refused, can read every plaintext; use GCM, or `jwe`.
    """

    def __init__(self, key: str | Buffer, algorithm: str) -> None:
        """Take the octets of a key.

        Args:
            key: Exactly as long as `algorithm` has it; a str is taken as UTF-8.
            algorithm: One of `ALGORITHMS.AES`.

        Raises:
            JWKError: Another algorithm, another length, or a str that has no UTF-8 form.
            TypeError: `key` is neither text nor octets.
        """
        if algorithm not in ALGORITHMS.AES:
            raise JWKError(f"{algorithm} is not a valid AES algorithm")
        if algorithm not in ALGORITHMS.SUPPORTED | ALGORITHMS.AES_PSEUDO:
            raise JWKError(f"{algorithm} is not a supported algorithm")
        self._key = _octets(key, algorithm)
        self._algorithm = algorithm

    def to_dict(self) -> dict[str, Any]:
        """Return the JWK (RFC 7518 §6.4); `k` is bytes, as in python-jose."""
        return {"alg": self._algorithm, "kty": "oct", "k": base64url_encode(self._key)}

    def encrypt(self, plain_text: str | bytes, aad: bytes | None = None) -> tuple[bytes, bytes, bytes | None]:
        """Encrypt content under an IV of its own (RFC 7518 §5.2, §5.3).

        Args:
            plain_text: The content.
            aad: What is authenticated with it; nothing is where the algorithm is plain CBC.

        Returns:
            The IV (12 bytes for GCM, 16 for CBC), the ciphertext, and the tag, which is None for plain CBC.

        Raises:
            JWEError: The algorithm wraps keys, or `aad` is no bytes.
            TypeError: `plain_text` is neither str nor bytes.
        """
        plaintext = ensure_binary(plain_text)
        iv = os.urandom(_core.IV_BYTES.get(self._algorithm, _CBC_IV_BYTES))
        return (iv, *jwe_answer(lambda: self._sealed(iv, aad or b"", plaintext)))

    def decrypt(
        self,
        cipher_text: str | bytes,
        iv: str | bytes | None = None,
        aad: bytes | None = None,
        tag: bytes | None = None,
    ) -> bytes:
        """Decrypt content. Nothing is unpadded before the tag is checked.

        Args:
            cipher_text: The ciphertext.
            iv: What `encrypt` returned.
            aad: What it was given.
            tag: What it returned; not looked at where the algorithm is plain CBC.

        Raises:
            JWEError: The tag is missing or wrong, or an argument is; for plain CBC, the padding.
            TypeError: `cipher_text` is neither str nor bytes.
        """
        ciphertext = ensure_binary(cipher_text)
        return jwe_answer(lambda: self._opened(ensure_binary(iv or b""), aad or b"", ciphertext, tag))

    def wrap_key(self, key_data: str | bytes) -> bytes:
        """Wrap a key with AES key wrap (RFC 3394), whatever this key's algorithm.

        Raises:
            ValueError: `key_data` has fewer than 16 bytes or no multiple of 8, or this key is no AES key by its length.
            TypeError: `key_data` is neither str nor bytes.
        """
        key = self.jwe_key()
        return key.wrap(_wrappable(ensure_binary(key_data)))

    def unwrap_key(self, wrapped_key: str | bytes) -> bytes:
        """Return the key that `wrap_key` was given.

        Raises:
            JWEError: It was not wrapped with this key.
            ValueError: This key is no AES key by its length.
            TypeError: `wrapped_key` is neither str nor bytes.
        """
        return self.jwe_key().unwrap(ensure_binary(wrapped_key))

    def jwe_key(self) -> _core.JweKey:
        """Return the key that decrypts whole tokens natively.

        Raises:
            ValueError: It is no AES key by its length.
        """
        if len(self._key) not in _WRAP_BY_BYTES:
            raise ValueError("The wrapping key must be a valid AES key length")
        return _core.JweKey(self._key, _WRAP_BY_BYTES[len(self._key)])

    def _sealed(self, iv: bytes, aad: bytes, plaintext: bytes) -> tuple[bytes, bytes | None]:
        if self._algorithm in _core.CEK_BYTES:
            return _core.aead_seal(self._algorithm, self._key, iv, aad, plaintext)
        self._refuse_wrapping()
        return _core.cbc_encrypt(self._key, iv, plaintext), None

    def _opened(self, iv: bytes, aad: bytes, ciphertext: bytes, tag: bytes | None) -> bytes:
        if self._algorithm in _core.CEK_BYTES:
            if tag is None:
                raise ValueError("tag cannot be None")
            return _core.aead_open(self._algorithm, self._key, iv, aad, ciphertext, tag)
        self._refuse_wrapping()
        return _core.cbc_decrypt(self._key, iv, ciphertext)

    def _refuse_wrapping(self) -> None:
        if self._algorithm in _WRAP_BYTES:
            raise ValueError(f"alg {self._algorithm} encrypts no content")


def _octets(key: str | Buffer, algorithm: str) -> bytes:
    octets = _utf_8(key) if isinstance(key, str) else key
    size = _KEY_BYTES[algorithm]
    # Before it is known that these are octets, as in python-jose: a JWK, say, is a key of a wrong length.
    if len(octets) != size:  # type: ignore[arg-type]  # a Buffer has no len() of its own; what has none is a TypeError
        raise JWKError(f"Key must be {size * 8} bit for alg {algorithm}")
    return bytes(memoryview(octets))


def _utf_8(text: str) -> bytes:
    with suppress(UnicodeEncodeError):
        return text.encode()
    return b""  # which is no key


def _wrappable(key_data: bytes) -> bytes:
    if len(key_data) < _LEAST_WRAPPED_BYTES:
        raise ValueError("The key to wrap must be at least 16 bytes")
    if len(key_data) % _SEMIBLOCK_BYTES:
        raise ValueError("The key to wrap must be a multiple of 8 bytes")
    return key_data
