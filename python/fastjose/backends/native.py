"""Names of python-jose's module for its pure Python backend."""

import os

from fastjose.backends.symmetric import HMACKey

__all__ = ["HMACKey", "get_random_bytes"]


def get_random_bytes(num_bytes: int) -> bytes:
    """Return `num_bytes` octets from the operating system's source of randomness."""
    return os.urandom(num_bytes)
