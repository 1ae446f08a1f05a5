"""Drawing without a strategy made at each draw: that, and not the libraries, would be what the time goes to."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeVar

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


@cache
def below(number: int) -> st.SearchStrategy[int]:
    """Draw one of so many, from 0; one strategy for each number."""
    return st.integers(0, number - 1)


def pick(draw: st.DrawFn, values: Sequence[T]) -> T:
    """Draw one of `values`; the first is the simplest."""
    return values[draw(below(len(values)))]


def once_in(draw: st.DrawFn, number: int) -> bool:
    """Draw what is true once in so many times; the simplest is False."""
    return draw(below(number)) == number - 1


def some(draw: st.DrawFn, values: Sequence[T], most: int) -> list[T]:
    """Draw up to `most` of `values`, each at most once."""
    return list(dict.fromkeys(pick(draw, values) for _ in range(draw(below(most + 1)))))
