"""JSON Web Keys (RFC 7517), with the API of `jose.jwk`: key objects for signing, verification and encryption.

Example::

    key = jwk.construct({"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"}, "HS256")
    assert key.verify(b"message", key.sign(b"message"))

`fastjose.Key` is a different class: the strict key of a `Verifier`. It also accepts the keys of this module.
"""

from __future__ import annotations

from typing import Any, Literal

import fastjose.constants
from fastjose._core import configure_registry
from fastjose._tracebacks import hide_arguments
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
    """Return the key class for an algorithm, or None if the algorithm is not known.

    A class that was registered with `register_key` has precedence over the class of this package.

    Args:
        algorithm: The JOSE name of the algorithm.
    """
    if algorithm in ALGORITHMS.KEYS:
        return ALGORITHMS.KEYS[algorithm]
    return next((key_class for names, key_class in _KEY_CLASSES if algorithm in names), None)


_KEY_CLASSES: list[tuple[set[str], type[Key]]] = [
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
    """Use `key_class` for `algorithm` in the whole process, in place of any other class.

    Args:
        algorithm: The JOSE name of the algorithm. It is added to `ALGORITHMS.SUPPORTED`.
        key_class: A class that is derived from `Key`.

    Returns:
        Always True.

    Raises:
        TypeError: `key_class` is not derived from `Key`.
    """
    if not issubclass(key_class, Key):
        raise TypeError("Key class is not a subclass of jwk.Key")
    ALGORITHMS.KEYS[algorithm] = key_class
    ALGORITHMS.SUPPORTED.add(algorithm)
    return True


@hide_arguments
def construct(key_data: Any, algorithm: str | None = None) -> Key:
    """Return the key object of `key_data` for an algorithm.

    Args:
        key_data: A secret, PEM, a JWK, or a key object of the library `cryptography`. The class of the algorithm
            determines the accepted forms.
        algorithm: The JOSE name of the algorithm. Defaults to the `alg` of a JWK.

    Raises:
        JWKError: The algorithm is missing or not known, or the key is invalid.
    """
    if not algorithm and isinstance(key_data, dict):
        jwk_algorithm = key_data.get("alg")
        algorithm = jwk_algorithm if isinstance(jwk_algorithm, str) else None
    key_class = get_key(algorithm) if algorithm else None
    if not algorithm or not key_class:
        raise JWKError("Unable to find an algorithm for key")
    return key_class(key_data, algorithm)


configure_registry(
    algorithms=ALGORITHMS, constants=fastjose.constants, construct=construct, calculate_at_hash=calculate_at_hash
)
