"""Functions that an application passes: whether a call returns a coroutine, and the end of one that is not awaited."""

import inspect
from collections.abc import Callable
from typing import Any


def is_coroutine_function(function: Callable[..., Any]) -> bool:
    """Return whether a call of `function` returns a coroutine, as that of an object with `async def __call__` does."""
    call = getattr(type(function), "__call__", None)  # noqa: B004 - the method itself, not whether there is one
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)


def close_coroutine(value: object) -> None:
    """Close `value` if it is a coroutine, so that Python does not warn that it was never awaited."""
    if inspect.iscoroutine(value):
        value.close()
