"""How the keys of JWE answer arguments that are wrong."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from fastjose.exceptions import JWEError, JWKError
from fastjose.utils import ensure_binary

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["jwe_answer", "key_octets"]

_Answer = TypeVar("_Answer")


def jwe_answer(work: Callable[[], _Answer]) -> _Answer:
    """Return what `work` returns.

    Raises:
        JWEError: As `work` does, or where it says that an argument is wrong, which python-jose answers so.
    """
    try:
        return work()
    except (TypeError, ValueError) as error:
        raise JWEError(error) from None


def key_octets(key: str | bytes) -> bytes:
    """Return the octets of a key; a str as UTF-8.

    Raises:
        JWKError: It has no UTF-8 form.
        TypeError: It is neither str nor bytes.
    """
    with suppress(UnicodeEncodeError):
        return ensure_binary(key)
    # Not within a handler: Python's error, which holds the whole key, would be this one's context.
    raise JWKError("The key is no Unicode text.")
