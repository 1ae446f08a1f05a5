"""Names of python-jose's module `jose.backends.native`: `HMACKey` and `get_random_bytes`."""

import os

from fastjose.backends.symmetric import HMACKey

__all__ = ["HMACKey", "get_random_bytes"]


def get_random_bytes(num_bytes: int) -> bytes:
    """Return random bytes from the operating system (`os.urandom`).

    Args:
        num_bytes: How many bytes to return.

    Raises:
        ValueError: `num_bytes` is negative.
        TypeError: `num_bytes` is not an integer.
    """
    return os.urandom(num_bytes)
