"""Wipe `str` and `bytes` objects: they are immutable, and Python leaves their content in freed memory."""

from __future__ import annotations

import ctypes
import sys


def wipe(value: str | bytes | bytearray) -> None:
    """Overwrite the content of an object that is not read again. A `str` must be ASCII."""
    if isinstance(value, bytearray):
        value[:] = bytes(len(value))
    elif isinstance(value, str) and not value.isascii():
        raise ValueError("the str must be ASCII")
    else:
        ctypes.memset(id(value) + sys.getsizeof(value) - len(value) - 1, 0, len(value))
