"""Coroutines that the native module returns: Python warns about a coroutine that is never awaited."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

_T = TypeVar("_T")


async def return_value(value: _T) -> _T:
    """Return `value`, which is known when the coroutine is created."""
    return value


async def await_future(start: Callable[[], Awaitable[_T]]) -> _T:
    """Call `start` on the running event loop and wait for the future that it returns."""
    return await start()
