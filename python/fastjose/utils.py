"""Helper functions, with the API of `jose.utils`: base64url, integers as bytes, `at_hash`, and key formats.

The functions are as lenient as in python-jose. Decoding skips characters outside the alphabet, and accepts padding and
both alphabets. The verification of tokens does not use these functions. Arguments of a wrong type raise python-jose's
exceptions, with the same messages.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import timedelta

    from _typeshed import ReadableBuffer

__all__ = [
    "base64_to_long",
    "base64url_decode",
    "base64url_encode",
    "calculate_at_hash",
    "ensure_binary",
    "int_arr_to_long",
    "is_pem_format",
    "is_ssh_key",
    "long_to_base64",
    "long_to_bytes",
    "timedelta_total_seconds",
]


class _Hash(Protocol):
    """A hash object, as `hashlib` returns it."""

    def digest(self) -> bytes:
        """Return the digest."""


def base64url_encode(input: ReadableBuffer) -> bytes:  # noqa: A002 - python-jose's name for it
    r"""Return bytes as base64url without padding (RFC 7515 §2).

    Example::

        base64url_encode(b"\xfb\xff")  # b"-_8"

    Args:
        input: The bytes.

    Raises:
        TypeError: `input` is not bytes-like.
    """
    return base64.urlsafe_b64encode(input).rstrip(b"=")


def base64url_decode(input: bytes | bytearray) -> bytes:  # noqa: A002 - python-jose's name for it
    """Return the bytes that base64url encodes, with or without padding.

    Args:
        input: The encoded text. A bytearray is padded in place, as in python-jose.

    Raises:
        TypeError: `input` is not bytes-like. A str is accepted only if its length is a multiple of 4.
        ValueError: The length is invalid (`binascii.Error`), or a str is not ASCII.
    """
    padded = input
    missing = -len(padded) % 4
    if missing:
        padded += b"=" * missing
    return base64.urlsafe_b64decode(padded)


def long_to_bytes(n: int, blocksize: int | None = 0) -> bytes:
    r"""Return an integer as big-endian bytes (RFC 8017 §4.1).

    Example::

        long_to_bytes(65537)  # b"\x01\x00\x01"

    Args:
        n: The integer, 0 or more.
        blocksize: Number of bytes to return, padded with zeros on the left. With 0 or None, the minimum for `n`, which
            is at least 1.

    Raises:
        OverflowError: `n` is negative, or needs more than `blocksize` bytes.
        ValueError: `blocksize` is negative.
        TypeError: `blocksize` is not an integer.
        AttributeError: `n` is not an integer.
    """
    # `n.to_bytes` is looked up first, so that the error for a wrong type of `n` names `to_bytes`, as in python-jose.
    return n.to_bytes(blocksize or _min_size_bytes(n), "big")


def _min_size_bytes(n: int) -> int:
    """Return the number of bytes that an integer needs, which is at least 1."""
    return max(1, (n.bit_length() + 7) // 8)


def long_to_base64(data: int, size: int | None = 0) -> bytes:
    """Return an integer as Base64urlUInt: base64url of its big-endian bytes (RFC 7518 §2).

    Example::

        long_to_base64(65537)  # b"AQAB"

    Args:
        data: The integer, 0 or more.
        size: Number of bytes to encode, padded with zeros on the left. With 0 or None, the minimum for `data`.

    Raises:
        OverflowError: `data` is negative, or needs more than `size` bytes.
        ValueError: `size` is negative.
        TypeError: `size` is not an integer.
        AttributeError: `data` is not an integer.
    """
    return base64url_encode(long_to_bytes(data, size))


def base64_to_long(data: str | ReadableBuffer) -> int:
    """Return the integer of a Base64urlUInt (RFC 7518 §2).

    Example::

        base64_to_long("AQAB")  # 65537

    Args:
        data: The encoded integer.

    Raises:
        TypeError: `data` is neither str nor bytes-like.
        ValueError: `data` is empty or not ASCII, or its length is invalid.
    """
    encoded = _encode_text(data, "ascii") if isinstance(data, str) else bytes(data)
    # Not `int.from_bytes`, which returns 0 for empty bytes.
    return int(base64.urlsafe_b64decode(encoded + b"==").hex(), 16)


def int_arr_to_long(arr: Iterable[int]) -> int:
    """Return the integer with the big-endian bytes `arr`.

    Args:
        arr: The bytes, as integers.

    Raises:
        TypeError: `arr` cannot be iterated, or an item is not an integer.
        ValueError: `arr` is empty, or an item after the first is negative.
    """
    return int("".join(["%02x" % byte for byte in arr]), 16)  # noqa: UP031 - raises python-jose's errors


def calculate_at_hash(access_token: str, hash_alg: Callable[[bytes], _Hash]) -> str:
    """Return the `at_hash` of an access token: the left half of its hash, as base64url (OpenID Connect Core §3.1.3.6).

    Args:
        access_token: The access token.
        hash_alg: The hash function for the algorithm of the ID token, from `constants.ALGORITHMS.HASHES`.

    Raises:
        AttributeError: `access_token` is not a str, or `hash_alg` does not return a hash object.
        TypeError: `hash_alg` cannot be called with bytes.
        UnicodeEncodeError: `access_token` has a lone surrogate. The error does not hold the rest of the text.
    """
    digest = hash_alg(_encode_text(access_token)).digest()
    return base64url_encode(digest[: len(digest) // 2]).decode("ascii")


def timedelta_total_seconds(delta: timedelta) -> int:
    """Return the seconds of a timedelta, rounded down to an integer.

    Args:
        delta: The timedelta.

    Raises:
        AttributeError: `delta` is not a timedelta.
    """
    return delta.days * 86_400 + delta.seconds


def ensure_binary(s: str | bytes) -> bytes:
    """Return bytes unchanged, and a str as UTF-8.

    Args:
        s: The text or the bytes.

    Raises:
        TypeError: `s` is neither str nor bytes.
        UnicodeEncodeError: `s` has a lone surrogate. The error does not hold the rest of the text.
    """
    if isinstance(s, bytes):
        return s
    if isinstance(s, str):
        return _encode_text(s)
    raise TypeError(f"not expecting type '{type(s)}'")


def _encode_text(text: str, encoding: str = "utf-8") -> bytes:
    """Encode the text. Where Python cannot, its own error would hold the whole text, such as a token."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        start, end = error.start, error.end
        hidden = "?" * start + text[start:end]
        error_without_text = UnicodeEncodeError(error.encoding, hidden, start, end, error.reason)
    raise error_without_text


_PEM_LABELS = (
    b"PUBLIC KEY",
    b"PRIVATE KEY",
    b"ENCRYPTED PRIVATE KEY",
    b"RSA PUBLIC KEY",
    b"RSA PRIVATE KEY",
    b"EC PRIVATE KEY",
    b"DSA PRIVATE KEY",
    b"DH PARAMETERS",
    b"OPENSSH PRIVATE KEY",
    b"SSH2 PUBLIC KEY",
    b"SSH2 ENCRYPTED PRIVATE KEY",
    b"CERTIFICATE",
    b"TRUSTED CERTIFICATE",
    b"CERTIFICATE REQUEST",
    b"NEW CERTIFICATE REQUEST",
    b"X509 CRL",
)
# The fifth dash may be a space, because SSH2 has four dashes.
_PEM_ARMOUR = re.compile(b"----[- ]BEGIN (?:%b)[- ]----" % b"|".join(_PEM_LABELS))


def is_pem_format(key: bytes) -> bool:
    """Return whether `key` contains the PEM header of a key, a certificate or a similar object (RFC 7468 §2).

    Args:
        key: The text to search.

    Raises:
        TypeError: `key` is not bytes-like.
    """
    return _PEM_ARMOUR.search(key) is not None


_SSH_KEY_TYPES = (
    b"ssh-rsa",
    b"ssh-dss",
    b"ssh-ed25519",
    b"ecdsa-sha2-nistp256",
    b"ecdsa-sha2-nistp384",
    b"ecdsa-sha2-nistp521",
)
_SSH_CERTIFICATE = re.compile(rb"\S*-cert-v01@openssh\.com[ \t]+\S")


def is_ssh_key(key: bytes) -> bool:
    """Return whether `key` contains the name of an SSH key type (RFC 4253 §6.6), or begins like an OpenSSH certificate.

    Args:
        key: The text to search.

    Raises:
        TypeError: `key` is not bytes-like.
    """
    return any(name in key for name in _SSH_KEY_TYPES) or _SSH_CERTIFICATE.match(key) is not None
