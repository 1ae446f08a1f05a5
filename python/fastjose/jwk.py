"""Keys for python-jose's face: a class for each kind, found by the algorithm's name.

`fastjose.Key` is another thing: the strict key of a `Verifier`, which takes the keys of this module too.
"""

from __future__ import annotations

from typing import Any, Literal

from fastjose import _core
from fastjose.backends import AESKey, DIRKey, ECKey, HMACKey, OKPKey, RSAKey
from fastjose.backends.base import Key
from fastjose.constants import ALGORITHMS
from fastjose.exceptions import JWKError
from fastjose.utils import calculate_at_hash

__all__ = [
    "ALGORITHMS",
    "AESKey",
    "DIRKey",
    "ECKey",
    "HMACKey",
    "JWKError",
    "Key",
    "OKPKey",
    "RSAKey",
    "construct",
    "get_key",
    "register_key",
]


def get_key(algorithm: str) -> type[Key] | None:
    """Return the class of the keys for `algorithm`: the registered one, else this package's; None if there is none."""
    if algorithm in ALGORITHMS.KEYS:
        return ALGORITHMS.KEYS[algorithm]
    return next((own for names, own in _OWN_CLASSES if algorithm in names), None)


_OWN_CLASSES: list[tuple[set[str], type[Key]]] = [
    (ALGORITHMS.HMAC, HMACKey),
    (ALGORITHMS.RSA, RSAKey),
    (ALGORITHMS.RSA_PSS, RSAKey),
    (ALGORITHMS.EC, ECKey),
    (ALGORITHMS.EC_SECP256K1, ECKey),
    (ALGORITHMS.OKP, OKPKey),
    (ALGORITHMS.AES, AESKey),
    ({ALGORITHMS.DIR}, DIRKey),
]


def register_key(algorithm: str, key_class: type[Key]) -> Literal[True]:
    """Use `key_class` for `algorithm` from now on, in place of any class that was used for it.

    Returns:
        True.

    Raises:
        TypeError: `key_class` is not derived from `Key`.
    """
    if not issubclass(key_class, Key):
        raise TypeError("Key class is not a subclass of jwk.Key")
    ALGORITHMS.KEYS[algorithm] = key_class
    ALGORITHMS.SUPPORTED.add(algorithm)
    return True


def construct(key_data: Any, algorithm: str | None = None) -> Key:
    """Return the key object for `key_data` under `algorithm`.

    Args:
        key_data: A secret, PEM, a JWK, a key object of `cryptography`: what the class of the algorithm takes.
        algorithm: A JOSE name; by default the `alg` of `key_data`, if that is a JWK.

    Raises:
        JWKError: There is no such algorithm, or the key cannot be read.
    """
    if not algorithm and isinstance(key_data, dict):
        own = key_data.get("alg")
        algorithm = own if isinstance(own, str) else None
    key_class = get_key(algorithm) if algorithm else None
    if not algorithm or not key_class:
        raise JWKError("Unable to find an algorithm for key")
    return key_class(key_data, algorithm)


_core.configure_registry(algorithms=ALGORITHMS, construct=construct, calculate_at_hash=calculate_at_hash)
