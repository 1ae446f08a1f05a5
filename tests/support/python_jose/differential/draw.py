"""Draw values without a new strategy for each draw, which would take more time than the compared libraries."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeVar

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


@cache
def integers_below(number: int) -> st.SearchStrategy[int]:
    """Return the strategy for integers from 0 to below `number`, cached for each number."""
    return st.integers(0, number - 1)


def pick(draw: st.DrawFn, values: Sequence[T]) -> T:
    """Draw one of `values`; the search shrinks to the first."""
    return values[draw(integers_below(len(values)))]


def one_in(draw: st.DrawFn, number: int) -> bool:
    """Return True once in `number` draws; the search shrinks to False."""
    return draw(integers_below(number)) == number - 1


def sample(draw: st.DrawFn, values: Sequence[T], max_size: int) -> list[T]:
    """Draw up to `max_size` of `values`, each at most once."""
    return list(dict.fromkeys(pick(draw, values) for _ in range(draw(integers_below(max_size + 1)))))
