"""Argument errors of the JWE keys."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from fastjose.exceptions import JWEError, JWKError
from fastjose.utils import ensure_binary

if TYPE_CHECKING:
    from collections.abc import Callable

_Result = TypeVar("_Result")


def raise_as_jwe_error(operation: Callable[[], _Result]) -> _Result:
    """Return the result of `operation`, and raise its argument errors as `JWEError`, as python-jose does.

    Raises:
        JWEError: `operation` raises it, or a `TypeError` or `ValueError`.
    """
    try:
        return operation()
    except (TypeError, ValueError) as error:
        raise JWEError(error) from None


def key_bytes(key: str | bytes) -> bytes:
    """Return the bytes of a key. A str is encoded as UTF-8.

    Raises:
        JWKError: The str has a lone surrogate, and cannot be encoded.
        TypeError: `key` is neither str nor bytes.
    """
    with suppress(UnicodeEncodeError):
        return ensure_binary(key)
    # Outside the handler: Python's error contains the whole key, and must not be the context of this one.
    raise JWKError("The key must be valid Unicode.")
