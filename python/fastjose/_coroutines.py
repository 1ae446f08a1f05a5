"""Coroutines that the native module returns: Python warns about a coroutine that is never awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Callable

_T = TypeVar("_T")


async def return_value(value: _T) -> _T:
    """Return `value`, which is known when the coroutine is created."""
    return value


async def await_future(start: Callable[[], Future[_T]]) -> _T:
    """Call `start` on the running event loop and wait for the future that it returns.

    A coroutine that is closed meanwhile cancels the future, as a cancelled task does. Otherwise the event loop would
    log an error that no coroutine receives.
    """
    future = start()
    del start
    try:
        return await future
    except BaseException:
        future.cancel()  # changes nothing if the future is done
        raise
    finally:
        del future  # its exception has this frame: the cycle would keep the frames of a request, and so its token
