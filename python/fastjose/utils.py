"""python-jose's helpers: base64url, integers as octets, `at_hash`, and what a key looks like.

They are as lenient as python-jose's: characters outside the alphabet are skipped, padding and both alphabets are taken.
Nothing that judges a token reads with them. Arguments of a wrong type fail as they fail there, with the same text.
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
    def digest(self) -> bytes: ...


def base64url_encode(input: ReadableBuffer) -> bytes:  # noqa: A002 - python-jose's name for it
    """Encode octets as base64url without padding (RFC 7515 §2).

    Raises:
        TypeError: `input` is not bytes-like.
    """
    return base64.urlsafe_b64encode(input).rstrip(b"=")


def base64url_decode(input: bytes | bytearray) -> bytes:  # noqa: A002 - python-jose's name for it
    """Decode base64url, padded or not.

    Args:
        input: The encoded text. A bytearray is padded in place, as python-jose does it.

    Raises:
        TypeError: `input` is not bytes-like; a str is taken only where it needs no padding.
        ValueError: No padding makes it whole (`binascii.Error`), or a str is not ASCII.
    """
    padded = input
    missing = -len(padded) % 4
    if missing:
        padded += b"=" * missing
    return base64.urlsafe_b64decode(padded)


def long_to_bytes(n: int, blocksize: int | None = 0) -> bytes:
    """Return `n` as big-endian octets (RFC 8017 §4.1).

    Args:
        n: The integer, not negative.
        blocksize: How many octets to return, zeros first; 0 or None for the fewest that hold it, at least one.

    Raises:
        OverflowError: `n` is negative or does not fit.
        ValueError: `blocksize` is negative.
        TypeError: `blocksize` is no integer.
        AttributeError: `n` is no integer.
    """
    # In this order: that `n` is no integer is said of `to_bytes`.
    return n.to_bytes(blocksize or _octets(n), "big")


def _octets(n: int) -> int:
    return max(1, (n.bit_length() + 7) // 8)


def long_to_base64(data: int, size: int | None = 0) -> bytes:
    """Return `data` as base64url of its big-endian octets, a Base64urlUInt (RFC 7518 §2).

    Args:
        data: The integer, not negative.
        size: How many octets to encode, as in `long_to_bytes`.

    Raises:
        OverflowError: `data` is negative or does not fit.
        ValueError: `size` is negative.
        TypeError: `size` is no integer.
        AttributeError: `data` is no integer.
    """
    return base64url_encode(long_to_bytes(data, size))


def base64_to_long(data: str | ReadableBuffer) -> int:
    """Return the integer whose big-endian octets `data` encodes in base64url (RFC 7518 §2).

    Raises:
        TypeError: `data` is neither text nor octets.
        ValueError: It holds no octet, is not ASCII, or no padding makes it whole.
    """
    octets = data.encode("ascii") if isinstance(data, str) else bytes(data)
    # `int.from_bytes` would make 0 of no octets at all.
    return int(base64.urlsafe_b64decode(octets + b"==").hex(), 16)


def int_arr_to_long(arr: Iterable[int]) -> int:
    """Return the integer whose big-endian octets are `arr`.

    Raises:
        TypeError: `arr` cannot be iterated, or something in it is no integer.
        ValueError: It is empty, or an integer after the first is negative.
    """
    return int("".join(["%02x" % octet for octet in arr]), 16)  # noqa: UP031 - its errors are part of the contract


def calculate_at_hash(access_token: str, hash_alg: Callable[[bytes], _Hash]) -> str:
    """Return the `at_hash` of an access token: the left half of its hash, as base64url (OpenID Connect Core §3.1.3.6).

    Args:
        access_token: The token.
        hash_alg: The hash function of the ID token's algorithm, from `constants.ALGORITHMS.HASHES`.

    Raises:
        AttributeError: `access_token` is no str, or `hash_alg` returns no hash.
        TypeError: `hash_alg` cannot be called so.
        UnicodeEncodeError: `access_token` has no UTF-8 form.
    """
    digest = hash_alg(access_token.encode("utf-8")).digest()
    return base64url_encode(digest[: len(digest) // 2]).decode("ascii")


def timedelta_total_seconds(delta: timedelta) -> int:
    """Return the whole seconds of `delta`, rounded down.

    Raises:
        AttributeError: `delta` is no timedelta.
    """
    return delta.days * 86_400 + delta.seconds


def ensure_binary(s: str | bytes) -> bytes:
    """Return bytes as they are, and a str as UTF-8.

    Raises:
        TypeError: `s` is neither.
        UnicodeEncodeError: `s` has no UTF-8 form.
    """
    if isinstance(s, bytes):
        return s
    if isinstance(s, str):
        return s.encode("utf-8")
    raise TypeError(f"not expecting type '{type(s)}'")


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
# The fifth dash may be a space: SSH2's armour has four.
_PEM_ARMOUR = re.compile(b"----[- ]BEGIN (?:%b)[- ]----" % b"|".join(_PEM_LABELS))


def is_pem_format(key: bytes) -> bool:
    """Tell whether there is PEM armour anywhere in `key`: of a key, a certificate or the like (RFC 7468 §2).

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
    """Tell whether `key` names a type of SSH keys (RFC 4253 §6.6), or begins as a certificate of OpenSSH does.

    Raises:
        TypeError: `key` is not bytes-like.
    """
    return any(name in key for name in _SSH_KEY_TYPES) or _SSH_CERTIFICATE.match(key) is not None
