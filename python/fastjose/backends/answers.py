"""How the keys of JWE answer arguments that are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from fastjose.exceptions import JWEError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["jwe_answer"]

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
